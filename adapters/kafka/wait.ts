import { CrescendoError } from '../../domain/crescendo-error.ts';
import { pause } from '../abort.ts';
import type { GroupReading } from './read-groups.ts';
import type { KafkaSource } from './source.ts';

export interface StableGroupWish {
  group: string;
  topic: string;
  members: number;
  timeoutMs: number;
}

export interface WaitOptions {
  signal?: AbortSignal;
  onProgress?: (sentence: string) => void;
  /** Between two reads; two equal ones in a row count as stable. */
  pollMs?: number;
}

/**
 * Waits until the group is Stable with exactly that many members and every partition of the topic assigned, seen twice in a row with the
 * same assignment: a group between two rebalances looks stable for a moment. More members than partitions is fine (the rest
 * stand by). Throws GroupNotStable with what was seen last after the time, KafkaUnavailable when the last reads failed.
 */
export const waitForStableGroup = async (
  kafka: KafkaSource,
  wish: StableGroupWish,
  { signal, onProgress, pollMs = 300 }: WaitOptions = {},
): Promise<GroupReading> => {
  const giveUpAtMs = Date.now() + wish.timeoutMs;
  let settled: string | undefined;
  for (;;) {
    const reading = (await kafka.groups([wish], signal))[wish.group];
    const stable = reading !== undefined && !(reading instanceof CrescendoError) && isAsWished(reading, wish);
    if (stable && reading.assignment === settled) return reading;
    settled = stable ? reading.assignment : undefined;
    if (reading !== undefined) onProgress?.(describe(reading));
    if (Date.now() + pollMs > giveUpAtMs) throw notStable(reading, wish);
    await pause(pollMs, signal);
  }
};

const isAsWished = (reading: GroupReading, { members }: StableGroupWish): boolean =>
  reading.state === 'Stable' &&
  reading.members === members &&
  reading.partitions > 0 &&
  reading.assignedPartitions === reading.partitions;

const describe = (reading: GroupReading | CrescendoError): string =>
  reading instanceof CrescendoError
    ? reading.message
    : `group ${reading.group} is ${reading.state} with ${reading.members} members, ` +
      `${reading.assignedPartitions} of ${reading.partitions} partitions assigned`;

const notStable = (
  reading: GroupReading | CrescendoError | undefined,
  wish: StableGroupWish,
): CrescendoError => {
  if (reading instanceof CrescendoError) return reading;
  const seen = reading === undefined ? 'no answer' : describe(reading);
  return new CrescendoError(
    'GroupNotStable',
    `${seen} after ${Math.round(wish.timeoutMs / 1000)} s; expected Stable with ${wish.members} members and every partition assigned`,
    reading === undefined
      ? {}
      : {
          state: reading.state,
          members: reading.members,
          partitions: reading.partitions,
          assignedPartitions: reading.assignedPartitions,
        },
  );
};
