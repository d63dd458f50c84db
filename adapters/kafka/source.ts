import type { CrescendoError } from '../../domain/crescendo-error.ts';
import type { KafkaConnection } from './connect.ts';
import { readGroups, type GroupQuery, type GroupReading } from './read-groups.ts';
import { readPartitions } from './read-topics.ts';

/** What activities ask of Kafka. The real one is `kafkaSource`; a simulated platform brings its own. */
export interface KafkaSource {
  /** By group name; the error in the place of a group that could not be read. */
  groups(
    queries: readonly GroupQuery[],
    signal?: AbortSignal,
  ): Promise<Record<string, GroupReading | CrescendoError>>;
  /** Partitions by topic, `null` for one that is not there. */
  partitions(topics: readonly string[], signal?: AbortSignal): Promise<Record<string, number | null>>;
}

export const kafkaSource = (connection: KafkaConnection): KafkaSource => ({
  groups: (queries, signal) => readGroups(connection, queries, signal),
  partitions: (topics, signal) => readPartitions(connection, topics, signal),
});
