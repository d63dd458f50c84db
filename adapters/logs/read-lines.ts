import type { Replica } from '../../domain/observation.ts';
import type { LogLine, Platform } from '../../platforms/platform.ts';

/** The first line with the pattern since the replica was created, `undefined` while there is none. */
export const findStartedLine = async (
  platform: Platform,
  replica: Replica,
  pattern: string,
  signal?: AbortSignal,
): Promise<LogLine | undefined> => {
  const lines = await platform.logs(replica.name, { sinceMs: replica.createdAtMs }, signal);
  return lines.find(({ text }) => text.includes(pattern));
};

/** The end of a replica's log, for the report of a crash. */
export const lastLines = async (
  platform: Platform,
  replica: string,
  count: number,
  signal?: AbortSignal,
): Promise<string[]> => (await platform.logs(replica, { tail: count }, signal)).map(({ text }) => text);
