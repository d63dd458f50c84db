import type { AddedServiceOperation } from './added-service.ts';
import type { ComposeFileOperation } from './compose-file-operation.ts';
import type { DatabaseOperation } from './database-operation.ts';
import type { DrainReplicas } from './drain-operation.ts';
import type { KafkaOperation } from './kafka-operation.ts';
import type { ReadReplicaOperation } from './read-replica-operation.ts';
import type { RedisClusterCheck, RedisClusterOperation } from './redis-cluster-operation.ts';
import type { RenewService } from './renew-operation.ts';
import type { ReplicaSetCheck, ReplicaSetOperation } from './replica-set-operation.ts';

/**
 * One change to the world, as absolute targets: doing it twice is doing it once. What carries each kind out
 * stands in one table, `workflows/engine/operations.ts`; what puts it back in `domain/undo.ts`. A family of operations
 * has a file of its own.
 */
export type Operation =
  | ScaleService
  | ReloadUpstream
  | DrainReplicas
  | ComposeFileOperation
  | AddedServiceOperation
  | RenewService
  | KafkaOperation
  | DatabaseOperation
  | ReplicaSetOperation
  | ReadReplicaOperation
  | RedisClusterOperation;

/** Set a service to `to` replicas. Removal is newest first and drained. */
export interface ScaleService {
  kind: 'scaleService';
  service: string;
  from: number;
  to: number;
}

/** Make the load balancer's upstream hold the `to` oldest replicas of the service, tested and reloaded. */
export interface ReloadUpstream {
  kind: 'reloadUpstream';
  service: string;
  from: number;
  to: number;
}

/** What must be true after the operations of a step. */
export type Check =
  | ReplicaSetCheck
  | RedisClusterCheck
  /** Running, healthy, and `Started` seen in the log of each new replica. */
  | { kind: 'replicasReady'; service: string; replicas: number }
  /** Each replica answered at least one request that came through the balancer. */
  | { kind: 'everyReplicaReached'; service: string; replicas: number }
  /** The consumer group is Stable, with that many members and every partition assigned. */
  | { kind: 'groupStable'; service: string; group: string; topic: string; members: number }
  /** The brokers with these ids are alive members of the cluster. */
  | { kind: 'brokersJoined'; service: string; ids: readonly number[] }
  /** Every partition has a leader and all its copies in sync, and no throttle is left. */
  | { kind: 'copiesInSync'; service: string; topics: readonly string[] }
  /** It says that it is ready, a query is answered, and its settings are these; none waits for a restart. */
  | {
      kind: 'databaseAnswers';
      service: string;
      database: string;
      settings: Readonly<Record<string, string | null>>;
    }
  /** It streams through its slot, is no further behind than this, and answers as a standby. */
  | {
      kind: 'replicaStreams';
      service: string;
      database: string;
      replica: string;
      slot: string;
      maxLagBytes: number;
    }
  /** The group has worked off every message of the topic. */
  | { kind: 'topicDrained'; service: string; group: string; topic: string }
  /** Lag is below the limit, or falls from one sample to the next. */
  | { kind: 'lagFalling'; group: string; topic: string; belowMessages: number };
