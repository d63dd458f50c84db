import type { Admin } from 'kafkajs';
import { orAborted } from '../abort.ts';
import type { KafkaConnection } from './connect.ts';
import { isUnknownTopic, kafkaUnavailable } from './errors.ts';

/**
 * Number of partitions of each topic, `null` for one that is not there; all topics are asked at once. Never creates a topic.
 * Throws KafkaUnavailable.
 */
export const readPartitions = async (
  kafka: KafkaConnection,
  topics: readonly string[],
  signal?: AbortSignal,
): Promise<Record<string, number | null>> => {
  const admin = await orAborted(kafka.admin(), signal);
  const distinct = [...new Set(topics)];
  const counts = await orAborted(Promise.all(distinct.map((topic) => partitionsOf(admin, topic))), signal);
  return Object.fromEntries(distinct.map((topic, index) => [topic, counts[index] ?? null]));
};

/** Partitions of one topic, `null` when it is not there. One request a topic, because Kafka's client refuses the whole answer when a single topic of it is missing. */
export const partitionsOf = async (admin: Admin, topic: string): Promise<number | null> => {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? null;
  } catch (error) {
    if (isUnknownTopic(error)) return null;
    throw kafkaUnavailable(`partitions of ${topic}`, error);
  }
};
