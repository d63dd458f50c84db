import type { DatabaseSpec } from './catalog.ts';
import { cacheRefusals } from './mongodb-rules.ts';
import { maxmemoryRefusals } from './redis-rules.ts';

/**
 * Sentences about settings that do not fit into the container as it is when they are in force: its limit may have been changed since the plan
 * was made. PostgreSQL takes its memory at the start, and does not start where that does not fit.
 */
export const unfitSettings = (
  kind: DatabaseSpec['kind'],
  settings: Readonly<Record<string, string | null>>,
  memoryBytes: number | undefined,
): string[] => {
  if (memoryBytes === undefined) return [];
  const { maxmemory, cacheBytes } = settings;
  const refusals =
    kind === 'redis' && maxmemory != null
      ? maxmemoryRefusals(Number(maxmemory), memoryBytes)
      : kind === 'mongodb' && cacheBytes != null
        ? cacheRefusals(Number(cacheBytes), memoryBytes)
        : [];
  return refusals.map(({ message }) => message);
};
