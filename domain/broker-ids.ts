import type { KafkaCluster, OngoingMove } from './kafka-cluster.ts';

/**
 * The lowest ids above those of the brokers that are alive which nobody has: no controller that the settings tell of, and no broker that is
 * away and holds, or shall hold, a copy. Under such an id a new broker would be taken for the one that is away, without its data.
 */
export const newBrokerIds = (
  { brokers, partitions }: KafkaCluster,
  ongoing: readonly OngoingMove[],
  settings: Readonly<Record<string, string>>,
  wanted: number,
): number[] => {
  const holding = [...partitions, ...ongoing].flatMap(({ replicas }) => replicas);
  const used = new Set([...brokers, ...holding, ...controllerIds(settings)]);
  const ids: number[] = [];
  for (let id = Math.max(0, ...brokers) + 1; brokers.length + ids.length < wanted; id += 1)
    if (!used.has(id)) ids.push(id);
  return ids;
};

/** Out of `1@kafka:9093,2@controller:9093`. */
const controllerIds = (settings: Readonly<Record<string, string>>): number[] =>
  (settings['KAFKA_CONTROLLER_QUORUM_VOTERS'] ?? '').split(',').flatMap((voter) => {
    const id = /^\s*(\d+)@/.exec(voter)?.[1];
    return id === undefined ? [] : [Number(id)];
  });
