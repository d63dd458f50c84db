import type { LogLine, LogQuery } from '../platform.ts';
import { stepMs, type ServiceState } from './model.ts';
import type { SimulatedReplica } from './replica.ts';

/** No reader asks for more of a log than this. */
const mostLines = 5_000;

/** What a replica has written: its start, and a line for each message that it processed. */
export function linesOf(
  state: ServiceState,
  replica: SimulatedReplica,
  { tail = mostLines, sinceMs = -Infinity, untilMs = Infinity }: LogQuery,
): LogLine[] {
  return [...replica.log, ...processedBy(state, replica)]
    .filter(({ atMs }) => atMs >= sinceMs && atMs <= untilMs)
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(tail === 0 ? Infinity : -tail);
}

/** The messages of a service are spread over its replicas; each gets the whole ones of its share. */
function processedBy(state: ServiceState, { name, readyAtMs }: SimulatedReplica): LogLine[] {
  if (state.spec.group === undefined) return [];
  const lines: LogLine[] = [];
  let share = 0;
  for (const { atMs, done } of state.steps) {
    if (atMs <= readyAtMs) continue;
    share += done / Math.max(1, state.replicas.length);
    for (; share >= 1; share -= 1)
      lines.push({ replica: name, atMs: atMs - stepMs + Math.round(stepMs / 2), text: 'Processing message' });
  }
  return lines.slice(-mostLines);
}
