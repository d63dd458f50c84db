import type { EventInput, EventTimes } from './event.ts';

/** What is wanted of an event: when it is, and what it needs at its peak. */
export interface WantedEvent {
  input: EventInput;
  peaks: Record<string, number>;
  targets: Record<string, number>;
}

/** What a person gives anew; what is left out stays. */
export interface EventChange {
  start?: string | undefined;
  end?: string | undefined;
  lengthMs?: number | undefined;
  timeZone?: string | undefined;
  peaks?: Record<string, number> | undefined;
  targets?: Record<string, number> | undefined;
}

/** The event with the change: one that is moved is as long as before; a service with a new peak has no target any more, and the other way round. */
export const changedEvent = (
  { input, peaks, targets }: WantedEvent,
  { startMs, endMs }: EventTimes,
  change: EventChange,
): WantedEvent => {
  const { start, end, lengthMs } = change;
  const timeZone = change.timeZone ?? input.timeZone;
  const keepsEnd = end === undefined && lengthMs === undefined;
  return {
    input: {
      name: input.name,
      // Times that stay are moments: another time zone does not move them.
      start: start ?? new Date(startMs).toISOString(),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(end === undefined ? {} : { end }),
      ...(keepsEnd ? { lengthMs: endMs - startMs } : {}),
      ...(lengthMs === undefined ? {} : { lengthMs }),
    },
    peaks: { ...without(peaks, change.targets), ...change.peaks },
    targets: { ...without(targets, change.peaks), ...change.targets },
  };
};

const without = (from: Record<string, number>, names: object = {}): Record<string, number> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !Object.hasOwn(names, name)));
