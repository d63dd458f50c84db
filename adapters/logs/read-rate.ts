import type { Replica } from '../../domain/observation.ts';
import { matchingLinesPerMinute } from '../../domain/log-lines.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import type { Platform } from '../../platforms/platform.ts';

export interface RateQuery {
  pattern: string;
  windowMs: number;
  nowMs: number;
}

/** The last lines of each log: enough for a window, and an engine seeks them from the end instead of reading a whole log. */
const tail = 5_000;

/**
 * Lines per minute with the pattern over the last `windowMs`, all replicas of a service together: which connector is busy, as the
 * runbook's 1.4 asks of the logs. Unknown when a log cannot be read.
 */
export const readProcessingRate = async (
  platform: Platform,
  replicas: readonly Replica[],
  { pattern, windowMs, nowMs }: RateQuery,
  signal?: AbortSignal,
): Promise<Reading> => {
  const source = `log lines with "${pattern}" of the last ${Math.round(windowMs / 1000)} s`;
  const running = replicas.filter(({ state }) => state === 'running');
  if (running.length === 0) return unknown('no replica is running', source);
  try {
    const rates = await Promise.all(
      running.map(async ({ name }) => {
        const lines = await platform.logs(name, { tail, sinceMs: nowMs - windowMs }, signal);
        return matchingLinesPerMinute(lines, { pattern, windowMs, nowMs, limit: tail });
      }),
    );
    const total = rates.reduce<number | undefined>(
      (sum, rate) => (sum === undefined || rate === undefined ? undefined : sum + rate),
      0,
    );
    return total === undefined ? unknown('the lines span no time', source) : known(total, source);
  } catch (error) {
    signal?.throwIfAborted();
    return unknown(error instanceof Error ? error.message : String(error), source);
  }
};
