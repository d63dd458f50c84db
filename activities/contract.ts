import type { Catalog } from '../domain/catalog.ts';
import type { AddedService } from '../domain/added-service.ts';
import type { BrokerRoom } from '../domain/broker-room.ts';
import type { EditComposeFile, FileDifferences, ServiceFileEdit } from '../domain/compose-file-operation.ts';
import type { DatabaseContainer } from '../domain/database-seen.ts';
import type { Acknowledged, ProbeWindow } from '../domain/probe-window.ts';
import type { TroubleLines } from '../domain/checklist.ts';
import type { Spread } from '../domain/spread.ts';
import type { Deliveries } from '../domain/validation.ts';
import type { Gate } from '../domain/gates.ts';
import type { KafkaCluster, OngoingMove } from '../domain/kafka-cluster.ts';
import type { KafkaSymptoms } from '../domain/kafka-symptoms.ts';
import type { LimitChange, StoredAs } from '../domain/database-operation.ts';
import type { Observation, Replica } from '../domain/observation.ts';
import type { Obstacle } from '../domain/obstacle.ts';
import type { PastProcedure } from '../domain/past-procedure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Effectiveness, LeaseRequest, ProcedureResult } from '../domain/procedure.ts';
import type { PartitionMove } from '../domain/plan-reassignment.ts';
import type { MongodbNode } from '../domain/mongodb-node.ts';
import type { TakenNames, WantedNames } from '../domain/taken-names.ts';
import type { MongodbReadings } from '../domain/mongodb-readings.ts';
import type { SetMember } from '../domain/replica-set-operation.ts';
import type { RedisClusterSeen } from '../domain/redis-cluster-seen.ts';
import type { RedisReadings } from '../domain/redis-readings.ts';
import type { PostgresReadings } from '../domain/postgres-readings.ts';
import type { ReplicationSeen } from '../domain/replication-seen.ts';
import type { Reading } from '../domain/reading.ts';
import type { SoakReport } from '../domain/soak.ts';
import type { StableTraffic } from '../domain/stable-traffic.ts';
import type { Storage, StorageKind } from '../domain/storage.ts';

/** Sentences an operator reads under the step ("created chat4all-api-gateway-2"). */
export interface Facts {
  facts: string[];
}

/** Identity of a write: see WriteContext in platforms/platform.ts. */
export interface Write {
  operationId: string;
  fencingToken: number;
}

/** The cluster that belongs to a standing Redis: services of its nodes, and the port on which each listens in its network. */
export interface RedisNodes {
  database: string;
  nodes: readonly string[];
  port: number;
}

/**
 * Everything a workflow can ask of the world. Names are what an operator reads in the Temporal UI. All are idempotent
 * (absolute targets, read before write), heart-beat while they wait, stop on cancellation, and throw ApplicationFailure with a type of
 * domain/errors.ts. None decides about scaling.
 */
export interface Activities {
  loadCatalog(): Promise<{ catalog: Catalog; hash: string }>;
  /** One read of the platform, the metrics and Kafka, rates measured over `sampleMs`; all services of the catalog when none are named. */
  observe(input: { services?: string[]; sampleMs: number }): Promise<Observation>;
  /** Replicas that exist (running or on the way), by service: the drift check. */
  readReplicas(input: { services: string[] }): Promise<Record<string, number>>;
  findObstacles(input: { services: string[] }): Promise<Obstacle[]>;
  /** Partitions of each topic; `null` when the topic is not there, left out when Kafka did not answer. */
  readPartitions(input: { topics: string[] }): Promise<Record<string, number | null>>;

  /**
   * Before replicas beyond the `replicas` oldest are removed: waits until they have no connection of the balancer any more (or `drainMs` is
   * spent), then SIGTERM with the service's grace, newest first, one at a time, and waits until the consumer group no longer has them.
   */
  drainReplicas(input: Write & { service: string; replicas: number; drainMs: number }): Promise<Facts>;
  scaleService(input: Write & { service: string; replicas: number }): Promise<Facts>;
  /** Running, healthy, and the started pattern seen in the log of each replica created since `sinceMs`. ReplicaNotReady after the time, ReplicaCrashed at once. */
  waitForReplicas(input: {
    service: string;
    replicas: number;
    timeoutMs: number;
    /** Replicas made at or after this time are new; those that Crescendo made lately when left out. */
    sinceMs?: number;
  }): Promise<Facts>;
  /** Upstream = the `replicas` oldest running ones; `nginx -t`, reload, previous file back on failure (UpstreamRejected). */
  reloadUpstream(input: Write & { service: string; replicas: number }): Promise<Facts>;
  /** Runbook 2.2: copies the compose file to `backup`, writes the edits, `docker compose config` must take it (ComposeFileRejected). */
  editComposeFile(
    input: Write & { edits: Readonly<Record<string, ServiceFileEdit>>; backup: string },
  ): Promise<Facts>;
  /** The exact bytes of the copy back; FileChanged, and nothing done, when somebody else edited the file meanwhile. */
  restoreComposeFile(
    input: Write & { edits: Readonly<Record<string, ServiceFileEdit>>; backup: string },
  ): Promise<Facts>;
  /** Lines of the compose file that the edits of a procedure, oldest first, have changed, and those that somebody else changed since. */
  compareComposeFile(input: {
    edits: readonly Pick<EditComposeFile, 'edits' | 'backup'>[];
  }): Promise<FileDifferences>;
  /**
   * Replicas made by the compose file of now in the place of those that were not: ready within `timeoutMs`, in the upstream, and then
   * the outdated ones drained and removed, one at a time. Nothing where none is outdated.
   */
  renewService(
    input: Write & { service: string; replicas: number; drainMs: number; timeoutMs: number },
  ): Promise<Facts>;
  /** Written into the compose file and started, nothing else touched; `service` is what they stand beside. */
  addServices(
    input: Write & { service: string; added: Readonly<Record<string, AddedService>>; backup: string },
  ): Promise<Facts>;
  /** Their containers, their volumes and their place in the file taken away. */
  removeServices(
    input: Write & { service: string; added: Readonly<Record<string, AddedService>>; backup: string },
  ): Promise<Facts>;
  /** Runbook 3.2: brokers, all partitions, moves under way, the consumers' replicas, and the symptoms over `sampleMs`. */
  readKafka(input: { topic?: string; services: string[]; sampleMs: number }): Promise<{
    cluster: KafkaCluster;
    ongoing: OngoingMove[];
    /** Brokers and topics whose replication is held back. */
    throttled: string[];
    replicas: Record<string, Replica[]>;
    symptoms: KafkaSymptoms;
    observedAtMs: number;
  }>;
  /** An absolute count; done when every partition has a leader. */
  increasePartitions(input: Write & { service: string; topic: string; partitions: number }): Promise<Facts>;
  /** NotUndoable when the topic has more. */
  keepPartitions(input: { topic: string; partitions: number }): Promise<Facts>;
  /** One that has started again since `sinceMs` is not restarted once more. ReplicaNotReady after `timeoutMs`. */
  restartReplica(
    input: Write & { service: string; replica: string; timeoutMs: number; sinceMs: number },
  ): Promise<Facts>;
  /** What the container of the broker says of its listeners and its controllers, nothing secret; and what room there is for more of them. */
  readBrokerSettings(input: {
    service: string;
  }): Promise<{ settings: Record<string, string>; containerName: string; room: BrokerRoom }>;
  /** Which of these names are in use already, in the compose file or on the platform. */
  findTakenNames(input: WantedNames): Promise<TakenNames>;
  addBrokers(
    input: Write & { service: string; added: Readonly<Record<string, AddedService>>; backup: string },
  ): Promise<Facts>;
  /** BrokerInUse, and nothing done, while one of them holds a copy of a partition. */
  removeBrokers(
    input: Write & {
      service: string;
      added: Readonly<Record<string, AddedService>>;
      ids: readonly number[];
      backup: string;
    },
  ): Promise<Facts>;
  /** BrokerNotJoined after the time. */
  waitForBrokers(input: { ids: readonly number[]; timeoutMs: number }): Promise<Facts>;
  /**
   * Throttled, with progress in its heartbeats; takes up what is under way. The throttle goes with it, however it ends. BrokerNotJoined when
   * a broker that shall take a copy is away for `absentTimeoutMs`.
   */
  movePartitions(
    input: Write & {
      service: string;
      moves: readonly PartitionMove[];
      throttleBytesPerSecond: number;
      absentTimeoutMs: number;
      progress: { before: number; total: number };
    },
  ): Promise<Facts>;
  /** KafkaUnavailable after the time; takes off any throttle that is left. */
  waitForCopiesInSync(input: { topics: readonly string[]; timeoutMs: number }): Promise<Facts>;
  /** What PostgreSQL says of itself, and of the named settings. */
  readPostgres(input: { database: string; settings: readonly string[] }): Promise<PostgresReadings>;
  /** Evictions are counted over `sampleMs`, and unknown without it. */
  readRedis(input: { database: string; sampleMs?: number }): Promise<RedisReadings>;
  readMongodb(input: { database: string }): Promise<MongodbReadings>;
  /** How MongoDB was started and the set that it is in, and what of the names of new nodes is taken. */
  readMongodbNode(input: {
    database: string;
    names: readonly string[];
  }): Promise<{ node: MongodbNode; taken: TakenNames }>;
  /** The node becomes the set's only member, with its data. DowntimeBudgetSpent when it is not PRIMARY `budgetMs` after this was asked for. */
  initiateReplicaSet(
    input: Write & { database: string; set: string; host: string; budgetMs: number },
  ): Promise<Facts>;
  /** A member without a vote, so that one that never comes up does no harm. */
  joinReplicaSet(input: Write & { database: string; member: SetMember }): Promise<Facts>;
  /** Out of the set, also where the others do not answer any more. */
  leaveReplicaSet(input: Write & { database: string; host: string }): Promise<Facts>;
  giveVotes(input: Write & { database: string; hosts: readonly string[] }): Promise<Facts>;
  takeVotes(input: Write & { database: string; hosts: readonly string[] }): Promise<Facts>;
  /** ReplicaNotReady after the time, ReplicaCrashed at once. */
  waitForNodes(input: { nodes: readonly string[]; port: number; timeoutMs: number }): Promise<Facts>;
  /** SECONDARY, as the PRIMARY sees it. ClusterNotFormed after the time. */
  waitForMember(input: { database: string; host: string; timeoutMs: number }): Promise<Facts>;
  /** Roles, votes, a write that every member acknowledges, documents of each collection. ClusterNotFormed after the time. */
  proveReplicaSet(input: {
    database: string;
    set: string;
    members: readonly SetMember[];
    timeoutMs: number;
  }): Promise<Facts>;
  /** The container of a database of the catalog, its use over `sampleMs`, the room of its host. */
  readDatabaseContainer(input: { database: string; sampleMs: number }): Promise<DatabaseContainer>;
  /** CPU and memory of the running container, live; `null` is no limit. NotScalable for one that cannot be taken off. */
  resizeContainer(input: Write & { service: string; resources: LimitChange }): Promise<Facts>;
  /** Settings that need no restart: see ApplySettings of domain/database-operation.ts. SettingRejected with the path of the setting. */
  applyDatabaseSettings(
    input: Write & { database: string; settings: Readonly<Record<string, string | null>> },
  ): Promise<Facts>;
  /**
   * The one restart: CHECKPOINT or the like, stop, start by the compose file of now, and then the line of the log that says it is ready and a
   * query that is answered. DowntimeBudgetSpent when that takes longer than `budgetMs` since the stop.
   */
  replaceContainer(
    input: Write & {
      database: string;
      edit: ServiceFileEdit;
      storedAs?: readonly StoredAs[];
      budgetMs: number;
    },
  ): Promise<Facts>;
  /** The container that ran before runs again, and answers a query. */
  putContainerBack(
    input: Write & { database: string; storedAs?: readonly StoredAs[]; budgetMs: number },
  ): Promise<Facts>;
  /** Away with the container that was replaced; its volumes stay. */
  removeReplacedContainer(input: Write & { database: string }): Promise<Facts>;
  /** Runs the catalog's backup command in the container. BackupFailed with what it said. */
  backUpDatabase(input: { database: string }): Promise<Facts>;
  /** A query is answered, and the settings are these. DatabaseUnavailable or SettingRejected after `timeoutMs`. */
  waitForDatabase(input: {
    database: string;
    settings: Readonly<Record<string, string | null>>;
    timeoutMs: number;
  }): Promise<Facts>;
  /** A place for the probes of this id, and the first write and read: a database that cannot be written is not changed. */
  prepareProbe(input: { database: string; probeId: string }): Promise<Facts>;
  /** Reads and writes each `everyMs` until it is cancelled; then what it saw. Its window travels in the heartbeats. */
  probeDatabase(input: { database: string; probeId: string; everyMs: number }): Promise<ProbeWindow>;
  /** Which acknowledged writes of the probe are not in the database; then its place is taken away. */
  countProbeWrites(input: {
    database: string;
    probeId: string;
    acknowledged: readonly Acknowledged[];
  }): Promise<{ missing: number }>;
  /** Who may be a standby of this PostgreSQL, who is, and what of the names of `replica` is taken. */
  readReplication(input: { database: string; replica: string }): Promise<ReplicationSeen>;
  /** A slot, and a line of pg_hba.conf that is in force. SettingRejected when that file has errors. */
  admitReplica(input: Write & { database: string; slot: string }): Promise<Facts>;
  /** Both away again; whoever still reads from the slot is sent away. */
  dismissReplica(input: Write & { database: string; slot: string }): Promise<Facts>;
  /** A base backup into the volume of the new service, and its start. PreparationFailed with what pg_basebackup said. */
  addReadReplica(
    input: Write & {
      database: string;
      slot: string;
      added: Readonly<Record<string, AddedService>>;
      dataFolder: string;
      backup: string;
    },
  ): Promise<Facts>;
  removeReadReplica(
    input: Write & {
      database: string;
      added: Readonly<Record<string, AddedService>>;
      backup: string;
    },
  ): Promise<Facts>;
  /** Streams, is at most so far behind, and answers as a standby. ReplicaNotReady after `timeoutMs`. */
  waitForStreaming(input: {
    database: string;
    replica: string;
    slot: string;
    maxLagBytes: number;
    timeoutMs: number;
  }): Promise<Facts>;
  /** The standing Redis, and what there is of a cluster of these services already. */
  readRedisCluster(input: { database: string; nodes: readonly string[] }): Promise<RedisClusterSeen>;
  /** Waits for the nodes and makes them one cluster; what is done already is left. ClusterNotFormed after the time. */
  formRedisCluster(input: Write & RedisNodes & { timeoutMs: number }): Promise<Facts>;
  /** Sends every key with its time to live; one that is in the cluster is replaced. */
  copyRedisKeys(input: Write & RedisNodes): Promise<Facts>;
  /** Ok on each node, every replica in sync, the keys counted. ClusterNotFormed after `timeoutMs`. */
  waitForRedisCluster(input: RedisNodes & { timeoutMs: number }): Promise<Facts>;
  /** Looks every key up and sends those that came meanwhile. KeysMissing for what is not there then. */
  proveRedisKeys(input: RedisNodes): Promise<Facts>;
  /**
   * Sends probes through the balancer until the request counter of each replica moved; with `sinceMs` only of those created since, where
   * there are any. UpstreamNotReached with the names after the time.
   */
  proveEveryReplicaReached(input: {
    service: string;
    replicas: number;
    timeoutMs: number;
    sinceMs?: number;
  }): Promise<Facts>;
  waitForRebalance(input: {
    group: string;
    topic: string;
    members: number;
    timeoutMs: number;
  }): Promise<Facts>;
  waitForLagToFall(input: {
    group: string;
    topic: string;
    belowMessages: number;
    /** It has to be below: to go down is not enough. */
    isBelow?: boolean;
    timeoutMs: number;
  }): Promise<Facts>;
  /** Observes until effectiveness is reached (domain/effectiveness.ts) or the time is over; never throws for "not reached". */
  watchEffectiveness(input: {
    before: Observation;
    services: string[];
    sampleMs: number;
    timeoutMs: number;
    p95BelowMs: number;
    errorRateBelow: number;
    lagBelowMessages: number;
  }): Promise<{ effectiveness: Effectiveness; after: Observation }>;
  /**
   * The watched wait of a soak: looks each `everyMs` with a sample of `sampleMs`, ends early when the gate fails. Its window travels in the
   * heartbeats. Never throws for a gate that does not pass, nor for a platform that does not answer (that look is unknown).
   */
  watchGate(input: {
    gate: Gate;
    services: string[];
    soakMs: number;
    everyMs: number;
    sampleMs: number;
  }): Promise<SoakReport>;
  /** Watches until the traffic was stable for `stableMs` (domain/stable-traffic.ts), or the time is over; never throws for "not stable". */
  watchTraffic(input: {
    services: string[];
    stableMs: number;
    timeoutMs: number;
    everyMs: number;
    sampleMs: number;
  }): Promise<StableTraffic>;
  /** Pre-event checklist 1: memory and disk free, and what lies on the disk. */
  readStorage(): Promise<{ availableMemoryBytes: Reading; storage: Storage }>;
  /** Pre-event checklist 2: throws away what nothing uses. Only after a person approved it. */
  pruneUnused(input: { kinds: StorageKind[] }): Promise<Facts>;
  /** Pre-event checklist 3: a copy of the compose file, beside it. */
  backUpComposeFile(input: { backup: string }): Promise<Facts>;
  /** Pre-event checklist 4: replicas that are not running and healthy, and services without any, as sentences. */
  checkHealth(input: { services: string[] }): Promise<{ unhealthy: string[] }>;
  /** Pre-event checklist 4: lines with error, exception or fatal among the last `tail` of each replica's log, by service. */
  scanLogs(input: { services: string[]; tail: number; sinceMs?: number }): Promise<TroubleLines[]>;
  /** Sends requests through the balancer and counts by the replicas' own counters who answered them. */
  spreadRequests(input: { service: string; requests: number }): Promise<Spread>;
  /** Sends messages through the front door, one after the other, and follows each to its delivery. */
  sendMessages(input: { messages: number; timeoutMs: number }): Promise<Deliveries>;
  /** Rollback 4: one request through the front door. */
  checkFunction(): Promise<Facts>;
  /** Rollback 5: error and exception lines of the last `sinceMs`, grouped and counted, with an excerpt of each group. */
  excerptErrors(input: { services: string[]; sinceMs: number }): Promise<Facts>;

  /** signalWithStart on the environment's lease workflow. The grant comes back to the caller as the `leaseGranted` signal. */
  requestLease(request: LeaseRequest): Promise<void>;
  releaseLease(input: { holder: string; runId: string }): Promise<void>;
  /** Heart-beats until one of the holders is no longer running; returns those that are not. For the lease workflow. */
  waitForHolderToEnd(input: {
    holders: { workflowId: string; runId: string }[];
    timeoutMs: number;
  }): Promise<string[]>;
  /**
   * What ran before the procedure, from its own history: its plan and result so far; nothing of a procedure that never was. `planMs`: how
   * long a worker has to tell the plan.
   */
  readProcedure(input: { procedureId: string; runId?: string; planMs?: number }): Promise<{
    plan: Plan | null;
    /** Why the plan is not known, where there may be one. */
    planUnread?: string;
    result: ProcedureResult | null;
    running: boolean;
    /** Temporal's own word for it, for example TERMINATED; left out for one that never was. */
    status?: string;
    /** Edits of the compose file that it began, oldest first, from its history. */
    edits?: Pick<EditComposeFile, 'edits' | 'backup'>[];
    /** Identities of the operations that it began. */
    begunIds?: string[];
  }>;
  /** Procedures of the environment that were started since, the newest first, at most 200. */
  listProcedures(input: { environment: string; sinceMs: number }): Promise<PastProcedure[]>;
  /** Who holds which service. */
  readLeases(input: { environment: string }): Promise<{ held: { service: string; holder: string }[] }>;
  /** Whether the balancer in front of the service sends to exactly the replicas that run. */
  readUpstream(input: { service: string }): Promise<{ matches: boolean }>;
  /** Asks a running procedure to stop and hold, and waits until it did. */
  stopProcedure(input: { procedureId: string; reason: string; timeoutMs: number }): Promise<Facts>;
}
