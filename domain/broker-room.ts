import { formatBytes, formatCount } from './format.ts';
import { nameOf } from './kafka-cluster.ts';
import type { PartitionMove } from './plan-reassignment.ts';
import type { Note, Refusal } from './plan.ts';
import { valueOf, type Reading } from './reading.ts';

/** What there is for more brokers on the host, and what each of them takes. */
export interface BrokerRoom {
  /** What the broker that stands may take, or takes where it has no limit. */
  brokerMemoryBytes: Reading;
  hostMemoryFreeBytes: Reading;
  /** Of the disk that all volumes of the host lie on. */
  diskFreeBytes: Reading;
  partitions: PartitionSizes;
}

/** What brokers tell of their disks. */
export interface PartitionSizes {
  /** Of one copy, by partition. */
  bytes: Readonly<Record<string, number>>;
  /** Why brokers told nothing, each as a sentence. */
  silent: readonly string[];
}

export interface BrokerNeeds {
  service: string;
  /** Of the brokers to be. */
  ids: readonly number[];
  moves: readonly PartitionMove[];
  batchPartitions: number;
}

/** Beside its copies each broker has indexes, a segment of each log that it has begun, and the log of the controllers. */
const leastFreeBytes = 256 * 2 ** 20;

/** Each broker takes as much memory as the one that stands may, and all copies that are made lie on the same disk. */
export const brokerRoomRefusals = (room: BrokerRoom, needs: BrokerNeeds): Refusal[] => {
  const { ids, service, moves, batchPartitions } = needs;
  const each = valueOf(room.brokerMemoryBytes) ?? 0;
  const free = valueOf(room.hostMemoryFreeBytes);
  const disk = valueOf(room.diskFreeBytes);
  const bytes = mostBytes(room.partitions.bytes, moves, batchPartitions) + ids.length * leastFreeBytes;
  const refusals: (Refusal | false)[] = [
    free !== undefined &&
      each * ids.length > free && {
        rule: 'brokers.memory',
        path: 'brokers',
        message: `${formatCount(ids.length, 'more broker')} may take ${formatBytes(each * ids.length)} (${formatBytes(each)} each, as ${service}), the host has ${formatBytes(free)} left`,
        remedy: `make room on the host, ask for fewer brokers, or lower the limit of ${service} first`,
      },
    disk !== undefined &&
      bytes > disk && {
        rule: 'brokers.disk',
        path: 'disk',
        message: `the copies and ${formatCount(ids.length, 'more broker')} take up to ${formatBytes(bytes)} at a time, the disk has ${formatBytes(disk)} free`,
        remedy: 'make room on the disk of the volumes first, or ask for fewer copies or smaller batches',
      },
  ];
  return refusals.filter((refusal) => refusal !== false);
};

/** What could not be looked at, and is no reason to stop. */
export const brokerRoomNotes = (room: BrokerRoom, { ids, moves }: BrokerNeeds): Note[] => [
  ...(moves.length > 0 ? room.partitions.silent : []).map((reason) => ({
    rule: 'brokers.disk',
    message: `what the copies take on the disk is not known in full: ${reason}`,
  })),
  ...(ids.length > 0 ? [room.brokerMemoryBytes, room.hostMemoryFreeBytes, room.diskFreeBytes] : []).flatMap(
    (reading) =>
      reading.known ? [] : [{ rule: 'brokers.room', message: `room unknown: ${reading.reason}` }],
  ),
];

/** Most that is on the disk at a time beside what is there now: the copies of before go when their batch has ended. */
const mostBytes = (
  sizes: Readonly<Record<string, number>>,
  moves: readonly PartitionMove[],
  batchPartitions: number,
): number => {
  let [most, now] = [0, 0];
  for (let at = 0; at < moves.length; at += batchPartitions) {
    const batch = moves.slice(at, at + batchPartitions);
    const total = (count: (move: PartitionMove) => number): number =>
      batch.reduce((sum, move) => sum + count(move) * (sizes[nameOf(move)] ?? 0), 0);
    const made = total(({ from, to }) => to.filter((broker) => !from.includes(broker)).length);
    most = Math.max(most, now + made);
    now += made - total(({ from, to }) => from.filter((broker) => !to.includes(broker)).length);
  }
  return most;
};
