import type { AddedService } from './added-service.ts';
import type { PartitionMove } from './plan-reassignment.ts';

export type KafkaOperation =
  IncreasePartitions | KeepPartitions | RestartReplica | AwaitReplicas | BrokerOperation | MovePartitions;

/** Give a topic `to` partitions. Partitions can only grow: what puts it back is to find that nothing was changed. */
export interface IncreasePartitions {
  kind: 'increasePartitions';
  /** The brokers' service, whose lease it is. */
  service: string;
  topic: string;
  from: number;
  to: number;
}

/** The undo of the growth: it holds when the topic still has that many, and cannot be done when it has more. */
export interface KeepPartitions {
  kind: 'keepPartitions';
  service: string;
  topic: string;
  partitions: number;
}

/** SIGTERM, the grace, a new start of one replica; ends when it is healthy and says Started again. */
export interface RestartReplica {
  kind: 'restartReplica';
  service: string;
  /** Name of the replica. */
  replica: string;
  /** Replicas of the service, none of which goes away by this. */
  replicas: number;
}

/** The undo of a restart: all replicas of the service run. */
export interface AwaitReplicas {
  kind: 'awaitReplicas';
  service: string;
  replicas: number;
}

export type BrokerOperation = AddBrokers | RemoveBrokers;

/** Write brokers into the compose file beside the one that stands, and start them. */
export interface AddBrokers {
  kind: 'addBrokers';
  service: string;
  added: Readonly<Record<string, AddedService>>;
  /** Ids of the brokers that this adds. */
  ids: readonly number[];
  backup: string;
}

/** Take them away again, container, volume and place in the file; refused while one of them holds a partition. */
export interface RemoveBrokers {
  kind: 'removeBrokers';
  service: string;
  added: Readonly<Record<string, AddedService>>;
  ids: readonly number[];
  backup: string;
}

/** Move copies of partitions to other brokers, slowly enough for whoever produces and consumes meanwhile. */
export interface MovePartitions {
  kind: 'movePartitions';
  service: string;
  moves: readonly PartitionMove[];
  /** What one broker may send or take for it. */
  throttleBytesPerSecond: number;
  /** How long a broker that shall take a copy may be away, before there is no point in waiting for it. */
  absentTimeoutMs: number;
  /** Of all partitions that move, in all batches: for progress in per cent. */
  progress: { before: number; total: number };
}
