/** Where one partition lives. */
export interface PartitionPlace {
  topic: string;
  partition: number;
  /** Broker that leads it; -1 while there is none. */
  leader: number;
  /** Brokers that hold a copy; the first one is the preferred leader. */
  replicas: readonly number[];
  /** Those of them that are in sync. */
  inSync: readonly number[];
}

/** A Kafka cluster as it is now. */
export interface KafkaCluster {
  /** Ids of the brokers that are alive, sorted. */
  brokers: readonly number[];
  partitions: readonly PartitionPlace[];
}

/** A partition on its way: what a reassignment that is under way adds and takes away. */
export interface OngoingMove {
  topic: string;
  partition: number;
  /** Brokers that hold or take a copy now: those that stay, come and go. */
  replicas: readonly number[];
  adding: readonly number[];
  removing: readonly number[];
}

/** `message-events-3`, as Kafka itself writes it. */
export const nameOf = ({ topic, partition }: Pick<PartitionPlace, 'topic' | 'partition'>): string =>
  `${topic}-${partition}`;

/** Copies that each broker holds, by id; 0 for one that holds none. */
export const replicasByBroker = ({ brokers, partitions }: KafkaCluster): Record<number, number> => {
  const counts: Record<number, number> = Object.fromEntries(brokers.map((broker) => [broker, 0]));
  for (const { replicas } of partitions)
    for (const broker of replicas) counts[broker] = (counts[broker] ?? 0) + 1;
  return counts;
};

/** Partitions that do not have all their copies in sync, or nobody to lead them. */
export const unhealthy = (partitions: readonly PartitionPlace[]): PartitionPlace[] =>
  partitions.filter(
    ({ leader, replicas, inSync }) => leader < 0 || replicas.some((broker) => !inSync.includes(broker)),
  );

/** `1 copy`, `60 copies`. */
export const formatCopies = (count: number): string => (count === 1 ? '1 copy' : `${count} copies`);
