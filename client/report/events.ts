import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;

/** The first of the payloads: every input, word and result of a procedure is exactly one object. */
export const objectIn = (payloads: Payloads): Record<string, unknown> => {
  const [payload] = payloads?.payloads ?? [];
  const value: unknown = payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
};

export const textIn = (payload: temporal.api.common.v1.IPayload | null | undefined): string => {
  const value: unknown = payload == null ? undefined : defaultPayloadConverter.fromPayload(payload);
  return typeof value === 'string' ? value : '';
};

export const timeOf = ({ eventTime }: HistoryEvent): number =>
  Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
