import type { Observation } from './observation.ts';
import type { Effectiveness } from './procedure.ts';
import { unknown, valueOf, type Reading } from './reading.ts';

export interface ExpectedEffect {
  p95BelowMs: number;
  /** Ratio, 0 to 1. */
  errorRateBelow: number;
  lagBelowMessages: number;
  /** The service at the front door; without it the worst service counts. */
  gatewayService?: string;
}

type Row = Effectiveness['rows'][number];

/**
 * Runbook 1.5, Verify Scaling Effectiveness: latency, errors and lag now against before and against what is expected.
 * Reached only when every row is known and below its limit: what could not be read is not a success. Lag is the worst
 * of the groups that are observed; without any group there is no such row.
 */
export const assessEffectiveness = (
  before: Observation,
  now: Observation,
  expected: ExpectedEffect,
): Pick<Effectiveness, 'reached' | 'rows'> => {
  const of = expected.gatewayService ?? 'the worst service';
  const rows = [
    row(`P95 of ${of}`, 'ms', latency(before, expected), latency(now, expected), expected.p95BelowMs),
    row(`errors of ${of}`, 'ratio', errors(before, expected), errors(now, expected), expected.errorRateBelow),
  ];
  const groups = new Set([...Object.keys(before.groups), ...Object.keys(now.groups)]);
  if (groups.size > 0)
    rows.push(
      row('lag of the worst group', 'messages', lag(before), lag(now, groups), expected.lagBelowMessages),
    );
  return { reached: rows.every(({ ok }) => ok === true), rows };
};

const row = (metric: string, unit: string, before: Reading, after: Reading, expectedBelow: number): Row => {
  const value = valueOf(after) ?? null;
  const ok = value === null ? null : value < expectedBelow;
  return { metric, unit, before: valueOf(before) ?? null, after: value, expectedBelow, ok };
};

const latency = (seen: Observation, { gatewayService }: ExpectedEffect): Reading =>
  worst(frontDoor(seen, gatewayService).map(({ p95Ms }) => p95Ms));
const errors = (seen: Observation, { gatewayService }: ExpectedEffect): Reading =>
  worst(frontDoor(seen, gatewayService).map(({ errorRate }) => errorRate));
const lag = (seen: Observation, groups = new Set(Object.keys(seen.groups))): Reading =>
  worst(
    [...groups].map(
      (group) => seen.groups[group]?.lagMessages ?? unknown(`group ${group} was not observed`, 'kafka'),
    ),
    { all: true },
  );

const frontDoor = (seen: Observation, gatewayService: string | undefined) =>
  gatewayService === undefined
    ? Object.values(seen.services)
    : Object.values(seen.services).filter(({ service }) => service === gatewayService);

/** The highest reading. With `all`, one unknown makes it unknown: the group nobody could ask may be the worst one. */
const worst = (readings: readonly Reading[], options: { all?: boolean } = {}): Reading => {
  const missing = readings.find((reading) => !reading.known);
  if (options.all === true && missing !== undefined) return missing;
  const values = readings.filter((reading) => reading.known).toSorted((a, b) => b.value - a.value);
  return values[0] ?? missing ?? unknown('nothing was measured', 'observation');
};
