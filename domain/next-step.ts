import { formatMs } from './format.ts';
import type { Progress, StepReport } from './procedure.ts';

/** The step with a time that is due next; none when no step waits for its time. */
export function nextStepOf({ steps }: Progress): (StepReport & { dueAtMs: number }) | undefined {
  const waiting = steps.filter(
    (step): step is StepReport & { dueAtMs: number } =>
      step.status === 'pending' && step.dueAtMs !== undefined,
  );
  return waiting.toSorted((one, other) => one.dueAtMs - other.dueAtMs)[0];
}

/** `in 25 min`, `now`. */
export const inTime = (dueAtMs: number, nowMs: number): string =>
  dueAtMs <= nowMs ? 'now' : `in ${formatMs(dueAtMs - nowMs)}`;
