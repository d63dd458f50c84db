import { formatBytes, formatCount } from './format.ts';
import { valueOf, type Reading } from './reading.ts';
import type { Storage, StorageKind, StorageUse } from './storage.ts';

/** One point of the pre-event checklist. */
export interface ChecklistFinding {
  facts: string[];
  /** What fails, with what to do about it. */
  problems: { message: string; remedy: string }[];
}

/** Checklist 1: memory that is left once all replicas of the event run, and disk. What is unknown is said and fails nothing. */
export const judgeRoom = (
  seen: { memoryLeftBytes: number | null; availableMemoryBytes: Reading; storage: Storage },
  limits: { minFreeMemoryBytes: number; minFreeDiskBytes: number },
): ChecklistFinding => {
  const facts: string[] = [];
  const problems: ChecklistFinding['problems'] = [];
  const free = valueOf(seen.availableMemoryBytes);
  const left = seen.memoryLeftBytes;
  facts.push(
    free === undefined
      ? 'free memory of the host is unknown'
      : `memory: ${formatBytes(free)} free now${left === null ? '' : `, ${formatBytes(left)} once all replicas run`}`,
  );
  if (left !== null && left < limits.minFreeMemoryBytes)
    problems.push({
      message: `${formatBytes(left)} of memory would be left once all replicas run, less than ${formatBytes(limits.minFreeMemoryBytes)}`,
      remedy: 'add memory or hosts, stop what is not needed, or lower the targets',
    });
  const disk = valueOf(seen.storage.freeBytes);
  facts.push(
    disk === undefined ? 'free disk of the host is unknown' : `disk: ${formatBytes(disk)} free`,
    ...seen.storage.use.map(useText),
  );
  if (disk !== undefined && disk < limits.minFreeDiskBytes)
    problems.push({
      message: `${formatBytes(disk)} of disk are free, less than ${formatBytes(limits.minFreeDiskBytes)}`,
      remedy: pruneRemedy(seen.storage.use),
    });
  return { facts, problems };
};

/** `3 images, 1.2 GiB, of these unused 1, 400 MiB`. */
const useText = ({ kind, count, bytes, unusedCount, unusedBytes }: StorageUse): string =>
  `${kind}: ${count}, ${formatBytes(bytes)}; unused ${unusedCount}, ${formatBytes(unusedBytes)}`;

const pruneRemedy = (use: readonly StorageUse[]): string => {
  const bytes = use
    .filter(({ kind }) => kind !== 'volumes')
    .reduce((sum, { unusedBytes }) => sum + unusedBytes, 0);
  return `make room; pruning would free ${formatBytes(bytes)}: start again with checklist.prune: ask`;
};

/** What a prune would throw away, by kind, as sentences; volumes only when told. */
export const prunable = (
  use: readonly StorageUse[],
  volumes: boolean,
): { kinds: StorageKind[]; facts: string[]; bytes: number } => {
  const going = use.filter(({ kind, unusedCount }) => unusedCount > 0 && (volumes || kind !== 'volumes'));
  return {
    kinds: going.map(({ kind }) => kind),
    facts: going.map(
      ({ kind, unusedCount, unusedBytes }) => `${kind}: ${unusedCount} unused, ${formatBytes(unusedBytes)}`,
    ),
    bytes: going.reduce((sum, { unusedBytes }) => sum + unusedBytes, 0),
  };
};

/** Checklist 4, health. */
export const judgeHealth = (unhealthy: readonly string[], services: number): ChecklistFinding =>
  unhealthy.length === 0
    ? { facts: [`${formatCount(services, 'service')} healthy`], problems: [] }
    : {
        facts: [...unhealthy],
        problems: unhealthy.map((message) => ({
          message,
          remedy: 'find out why and repair it first: more replicas do not heal it',
        })),
      };

/** Lines of one service's log that say error, exception or fatal. */
export interface TroubleLines {
  service: string;
  count: number;
  excerpts: string[];
  /** Logs that could not be read, as sentences: what stands in them is unknown. */
  unread?: string[];
  /** Replicas that wrote more since the time asked for than the `cutAt` lines that were read. */
  cut?: string[];
  cutAt?: number;
}

/** Checklist 4, logs. `hold`: a person looks first. */
export const judgeLogs = (
  lines: readonly TroubleLines[],
  { tail, hold }: { tail: number; hold: boolean },
): ChecklistFinding => {
  const found = lines.filter(({ count }) => count > 0);
  const unread = lines.flatMap((one) => one.unread ?? []);
  if (found.length === 0 && unread.length === 0)
    return { facts: [`no error, exception or fatal in the last ${tail} lines of each log`], problems: [] };
  return {
    facts: [
      ...found.flatMap(({ service, count, excerpts }) => [
        `${service}: ${formatCount(count, 'line')} with error, exception or fatal in the last ${tail}`,
        ...excerpts.map((excerpt) => `  ${excerpt}`),
      ]),
      ...unread,
    ],
    problems: hold
      ? [
          ...found.map(({ service, count }) => ({
            message: `${service} wrote ${formatCount(count, 'line')} with error, exception or fatal`,
            remedy:
              'read the excerpts; start again with checklist.onLogErrors: report when they are harmless',
          })),
          ...unread.map((message) => ({
            message,
            remedy: 'make it readable; start again with checklist.onLogErrors: report when it cannot be',
          })),
        ]
      : [],
  };
};
