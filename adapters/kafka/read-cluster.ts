import type { KafkaCluster, OngoingMove } from '../../domain/kafka-cluster.ts';
import { orAborted } from '../abort.ts';
import type { KafkaConnection } from './connect.ts';
import { isUnknownTopic, kafkaUnavailable } from './errors.ts';

/**
 * Brokers that are alive and where every partition lives, Kafka's own topics too; only those of the named topics when some are named, and
 * none of one that is not there. Throws KafkaUnavailable, also while a partition has no leader: kafkajs then refuses the whole answer.
 */
export const readCluster = async (
  kafka: KafkaConnection,
  topics?: readonly string[],
  signal?: AbortSignal,
): Promise<KafkaCluster> => {
  const admin = await orAborted(kafka.admin(), signal);
  try {
    const names = topics ?? (await orAborted(admin.listTopics(), signal));
    const described = names.map(async (name) => {
      try {
        return (await admin.fetchTopicMetadata({ topics: [name] })).topics;
      } catch (error) {
        if (isUnknownTopic(error)) return [];
        throw error;
      }
    });
    const [{ brokers }, found] = await orAborted(
      Promise.all([admin.describeCluster(), Promise.all(described)]),
      signal,
    );
    return {
      brokers: brokers.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b),
      partitions: found.flat().flatMap(({ name, partitions }) =>
        partitions
          .map(({ partitionId, leader, replicas, isr }) => ({
            topic: name,
            partition: partitionId,
            leader,
            replicas,
            inSync: isr,
          }))
          .toSorted((a, b) => a.partition - b.partition),
      ),
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw kafkaUnavailable('the cluster cannot be described', error);
  }
};

/** Reassignments that are under way, whoever began them. Throws KafkaUnavailable. */
export const readOngoingMoves = async (
  kafka: KafkaConnection,
  signal?: AbortSignal,
): Promise<OngoingMove[]> => {
  const admin = await orAborted(kafka.admin(), signal);
  try {
    const { topics } = (await orAborted(admin.listPartitionReassignments({}), signal)) as unknown as Listed;
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition, replicas, addingReplicas, removingReplicas }) => ({
        topic: name,
        partition,
        replicas,
        adding: addingReplicas,
        removing: removingReplicas,
      })),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw kafkaUnavailable('reassignments cannot be listed', error);
  }
};

/** What kafkajs 2.2.4 really answers: its types have other names for it. */
interface Listed {
  topics: {
    name: string;
    partitions: {
      partition: number;
      replicas: number[];
      addingReplicas: number[];
      removingReplicas: number[];
    }[];
  }[];
}
