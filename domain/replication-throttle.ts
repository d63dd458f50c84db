import type { PartitionMove } from './plan-reassignment.ts';

/** What Kafka has to be told so that a move leaves room for producers and consumers, as names and values of its settings. */
export interface ReplicationThrottle {
  brokers: Record<number, Record<string, string>>;
  topics: Record<string, Record<string, string>>;
}

/** Settings of a broker and of a topic that a throttle consists of: all of them go when it ends. */
export const throttleSettings = {
  broker: ['leader.replication.throttled.rate', 'follower.replication.throttled.rate'],
  topic: ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'],
} as const;

/**
 * Only the copies that move are held back: those that stand in a partition's list now send slowly, those that come take slowly. Copies in
 * sync of other partitions keep their pace, or producers that wait for all of them would wait too.
 */
export const throttleOf = (moves: readonly PartitionMove[], bytesPerSecond: number): ReplicationThrottle => {
  const copying = moves.filter(({ from, to }) => to.some((broker) => !from.includes(broker)));
  const rate = String(Math.round(bytesPerSecond));
  const brokers = new Set(copying.flatMap(({ from, to }) => [...from, ...to]));
  const topics = [...new Set(copying.map(({ topic }) => topic))];
  const pairs = (list: readonly PartitionMove[], which: (move: PartitionMove) => readonly number[]): string =>
    list.flatMap((move) => which(move).map((broker) => `${move.partition}:${broker}`)).join(',');
  return {
    brokers: Object.fromEntries(
      [...brokers].map((broker) => [
        broker,
        Object.fromEntries(throttleSettings.broker.map((name) => [name, rate])),
      ]),
    ),
    topics: Object.fromEntries(
      topics.map((topic) => {
        const list = copying.filter((move) => move.topic === topic);
        const [leader, follower] = throttleSettings.topic;
        const coming = ({ from, to }: PartitionMove): number[] =>
          to.filter((broker) => !from.includes(broker));
        return [topic, { [leader]: pairs(list, ({ from }) => from), [follower]: pairs(list, coming) }];
      }),
    ),
  };
};
