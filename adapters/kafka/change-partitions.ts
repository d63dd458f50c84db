import type { Admin } from 'kafkajs';
import { pause } from '../abort.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { nameOf, type OngoingMove, type PartitionPlace } from '../../domain/kafka-cluster.ts';
import type { PartitionMove } from '../../domain/plan-reassignment.ts';
import type { KafkaConnection } from './connect.ts';
import { kafkaUnavailable } from './errors.ts';
import { readCluster, readOngoingMoves } from './read-cluster.ts';
import { partitionsOf } from './read-topics.ts';

const lookAgainMs = 100;
const topicSettlesMs = 2_000;

/**
 * Gives the topic `count` partitions; one that has as many is left alone, since Kafka answers INVALID_PARTITIONS to that. Returns what it
 * had. Throws InvalidInput for a topic that is not there or has more, KafkaUnavailable.
 */
export const growTopic = async (kafka: KafkaConnection, topic: string, count: number): Promise<number> => {
  const admin = await kafka.admin();
  const now = await partitionsNow(admin, topic);
  if (now === null) throw new CrescendoError('InvalidInput', `topic: Kafka has no ${topic}`);
  if (now > count)
    throw new CrescendoError('InvalidInput', `partitions: ${topic} has ${now}, and they can only grow`);
  if (now === count) return now;
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count }] });
    return now;
  } catch (error) {
    // Another attempt may have been carried out although nobody heard of it.
    if ((await partitionsOf(admin, topic)) === count) return now;
    throw kafkaUnavailable(`partitions of ${topic}`, error);
  }
};

/** A broker hears of a topic a moment after it was made: what one of them does not know is asked for again. */
const partitionsNow = async (admin: Admin, topic: string): Promise<number | null> => {
  const giveUpAtMs = Date.now() + topicSettlesMs;
  for (;;) {
    const count = await partitionsOf(admin, topic);
    if (count !== null || Date.now() > giveUpAtMs) return count;
    await pause(lookAgainMs);
  }
};

/** Waits until the topic has `count` partitions and each has a leader. Throws KafkaUnavailable after the time. */
export const untilLed = async (
  kafka: KafkaConnection,
  topic: string,
  { count, timeoutMs, signal }: { count: number; timeoutMs: number; signal?: AbortSignal },
): Promise<PartitionPlace[]> => {
  const giveUpAtMs = Date.now() + timeoutMs;
  for (;;) {
    const seen = await readCluster(kafka, [topic], signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      return error as CrescendoError;
    });
    const partitions = 'partitions' in seen ? seen.partitions : [];
    if (partitions.length === count && partitions.every(({ leader }) => leader >= 0)) return [...partitions];
    const led = partitions.filter(({ leader }) => leader >= 0).length;
    if (Date.now() > giveUpAtMs)
      throw new CrescendoError(
        'KafkaUnavailable',
        `${led} of ${count} partitions of ${topic} have a leader after ${Math.round(timeoutMs / 1_000)} s`,
      );
    await pause(lookAgainMs, signal);
  }
};

/** What of the moves is still to be done: neither there nor on its way to where it shall be. */
export interface MoveState {
  done: PartitionMove[];
  ongoing: PartitionMove[];
  open: PartitionMove[];
}

/** Read before every write, so that whoever takes up a reassignment in the middle begins nothing twice. */
export const readMoves = async (
  kafka: KafkaConnection,
  moves: readonly PartitionMove[],
  signal?: AbortSignal,
): Promise<MoveState> => {
  const topics = [...new Set(moves.map(({ topic }) => topic))];
  const [cluster, ongoing] = [
    await readCluster(kafka, topics, signal),
    await readOngoingMoves(kafka, signal),
  ];
  const underWay = new Map(ongoing.map((move) => [nameOf(move), move]));
  const places = new Map(cluster.partitions.map((place) => [nameOf(place), place]));
  const state: MoveState = { done: [], ongoing: [], open: [] };
  for (const move of moves) {
    const place = places.get(nameOf(move));
    const moving = underWay.get(nameOf(move));
    if (place === undefined) continue;
    if (moving !== undefined && leadsTo(moving, move)) state.ongoing.push(move);
    else if (moving === undefined && isThere(place, move)) state.done.push(move);
    else state.open.push(move);
  }
  return state;
};

const isThere = ({ replicas, inSync }: PartitionPlace, { to }: PartitionMove): boolean =>
  replicas.join() === to.join() && to.every((broker) => inSync.includes(broker));

/** By what the controller says: the brokers learn of it a moment later. */
const leadsTo = ({ replicas, removing }: OngoingMove, { to }: PartitionMove): boolean =>
  replicas
    .filter((broker) => !removing.includes(broker))
    .toSorted(byId)
    .join() === to.toSorted(byId).join();

const byId = (a: number, b: number): number => a - b;

/** Begins the moves; one that is under way to somewhere else is turned. Throws KafkaUnavailable. */
export const beginMoves = async (kafka: KafkaConnection, moves: readonly PartitionMove[]): Promise<void> => {
  if (moves.length === 0) return;
  const admin = await kafka.admin();
  const topics = [...new Set(moves.map(({ topic }) => topic))];
  try {
    await admin.alterPartitionReassignments({
      timeout: 5_000,
      topics: topics.map((topic) => ({
        topic,
        partitionAssignment: moves
          .filter((move) => move.topic === topic)
          .map(({ partition, to }) => ({ partition, replicas: [...to] })),
      })),
    });
  } catch (error) {
    throw kafkaUnavailable('partitions cannot be moved', error);
  }
};
