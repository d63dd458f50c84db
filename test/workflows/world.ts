import { Context, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { pastProcedureActivities } from '../../activities/past-procedures.ts';
import { readBegun } from '../../activities/procedures.ts';
import type { Activities } from '../../activities/contract.ts';
import type { Catalog, ServiceSpec } from '../../domain/catalog.ts';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';
import type { TroubleLines } from '../../domain/checklist.ts';
import type { KafkaCluster } from '../../domain/kafka-cluster.ts';
import { readReplicaActivities, worldStandbys, type WorldStandbys } from './world-read-replica.ts';
import { databaseActivities, worldDatabase, type WorldDatabase } from './world-database.ts';
import { redisClusterActivities, worldRedisCluster, type WorldRedisCluster } from './world-redis-cluster.ts';
import { replicaSetActivities, worldReplicaSet, type WorldReplicaSet } from './world-replica-set.ts';
import type { Observation, Replica, ServiceObservation } from '../../domain/observation.ts';
import { known, unknown } from '../../domain/reading.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import type { SoakReport } from '../../domain/soak.ts';
import type { StableTraffic } from '../../domain/stable-traffic.ts';
import type { StorageKind, StorageUse } from '../../domain/storage.ts';
import {
  leaseReleaseSignal,
  leaseRequestSignal,
  leaseWorkflowId,
  planQuery,
  taskQueueOf,
} from '../../workflows/contracts.ts';

/**
 * A platform of a few numbers for the tests of the engine: what it does on each failure, abort and race must be driven
 * to the moment, which no real platform allows. The same procedures run against the real one in test/scenarios.
 */
export interface World {
  environment: string;
  replicas: Record<string, number>;
  upstream: Record<string, number>;
  /** Every activity that was begun, in order: `scaleService api-gateway 3`. */
  calls: string[];
  /** Throws, waits or changes the world before the named activity does its work. */
  before: (call: string, context: Context) => Promise<void> | void;
  lagMessages: number;
  cpuOfLimit: Record<string, number>;
  /** At the front door. */
  p95Ms: number;
  errorRate: number;
  /** Verdicts of the next gates, one for each; `pass` when none is left. */
  verdicts: SoakReport['verdict'][];
  /** Watched waits take the time that they were given: for a server that skips it. */
  trueTimes: boolean;
  /** What `watchTraffic` says; stable when left out. */
  traffic: StableTraffic | undefined;
  /** What was written into the compose file, by service, and what stood there before, by the name of the copy. */
  composeFile: Readonly<Record<string, ServiceFileEdit>>;
  backups: Record<string, Readonly<Record<string, ServiceFileEdit>>>;
  /** What somebody else has written into it since. */
  foreignLines: string[];
  /** What the pre-event checklist finds. */
  checklist: {
    freeDiskBytes: number;
    use: StorageUse[];
    unhealthy: string[];
    lines: TroubleLines[];
    pruned: StorageKind[];
  };
  /** Of the topic message-events, and who holds the copies of each. */
  partitions: number;
  places: (readonly number[])[];
  brokers: number[];
  /** Containers of the infrastructure that were observed. */
  infrastructure: Record<string, Replica[]>;
  /** Left over by somebody. */
  throttled: string[];
  /** Volumes that somebody else has made. */
  foreignVolumes: string[];
  /** The one database that a test is about, whatever its name. */
  database: WorldDatabase;
  replicaSet: WorldReplicaSet;
  standbys: WorldStandbys;
  redisCluster: WorldRedisCluster;
  activities: Activities;
}

const service = (
  name: string,
  priority: number,
  role: string,
  extra: Partial<ServiceSpec> = {},
): ServiceSpec => ({
  name,
  tier: 'high',
  priority,
  role,
  replicas: { min: 1, max: 10 },
  stopGraceMs: 1_000,
  ...extra,
});

const catalogOf = (environment: string): Catalog => ({
  environment,
  platform: { kind: 'simulated', seed: 1 },
  normalRequestRatePerMinute: 1_000,
  kafka: { brokers: ['localhost:29092'], service: 'kafka' },
  services: {
    'api-gateway': service('api-gateway', 1, 'gateway', {
      metrics: { kind: 'actuator', port: 8080, basePath: '/actuator' },
    }),
    'message-service': service('message-service', 2, 'core', {
      consumer: { group: 'message-service-group', topic: 'message-events' },
    }),
    'whatsapp-connector': service('whatsapp-connector', 3, 'connector', {
      consumer: { group: 'whatsapp-connector-group', topic: 'whatsapp-outbound' },
    }),
    'telegram-connector': service('telegram-connector', 3, 'connector', {
      consumer: { group: 'telegram-connector-group', topic: 'telegram-outbound' },
    }),
  },
  loadBalancer: {
    kind: 'nginx',
    service: 'nginx',
    upstreamService: 'api-gateway',
    upstreamName: 'api_gateway',
    upstreamPort: 8080,
    configFile: '/etc/nginx/conf.d/x.conf',
    serverName: 'x',
    listenPort: 80,
    url: 'http://localhost',
    probePath: '/info',
  },
  databases: {
    postgres: {
      kind: 'postgres',
      service: 'postgres',
      url: 'env:POSTGRES_URL',
      dependants: ['user-service'],
      stopGraceMs: 30_000,
    },
    redis: { kind: 'redis', service: 'redis', url: 'env:REDIS_URL', stopGraceMs: 30_000 },
    mongodb: { kind: 'mongodb', service: 'mongodb', url: 'env:MONGODB_URL', stopGraceMs: 30_000 },
  },
  emergency: {
    steps: [
      { service: 'api-gateway', replicas: 3 },
      { service: 'message-service', replicas: 3 },
      { busiestOfRole: 'connector', replicas: 2 },
    ],
  },
});

/** A world under a spike: one replica each, gateway hot, lag high. */
export function createWorld(environment: string, client: () => Client): World {
  const catalog = catalogOf(environment);
  const names = Object.keys(catalog.services);
  const world: World = {
    environment,
    replicas: Object.fromEntries(names.map((name) => [name, 1])),
    upstream: { 'api-gateway': 1 },
    calls: [],
    before: () => undefined,
    lagMessages: 4_000,
    cpuOfLimit: {
      'api-gateway': 0.98,
      'message-service': 0.9,
      'whatsapp-connector': 0.6,
      'telegram-connector': 0.2,
    },
    p95Ms: 6_000,
    errorRate: 0.08,
    verdicts: [],
    trueTimes: false,
    traffic: undefined,
    composeFile: {},
    backups: {},
    foreignLines: [],
    checklist: { freeDiskBytes: 100 * 2 ** 30, use: [], unhealthy: [], lines: [], pruned: [] },
    partitions: 10,
    places: Array.from({ length: 10 }, () => [1]),
    brokers: [1],
    infrastructure: {},
    throttled: [],
    foreignVolumes: [],
    database: worldDatabase(),
    replicaSet: worldReplicaSet(),
    standbys: worldStandbys(),
    redisCluster: worldRedisCluster(),
    activities: undefined as unknown as Activities,
  };

  const begin = async (...words: (string | number)[]): Promise<void> => {
    const call = words.join(' ');
    // A watched wait comes twice: see `spend`.
    if (Context.current().info.attempt === 1 || !world.trueTimes) world.calls.push(call);
    heartbeat(call);
    await world.before(call, Context.current());
  };

  /**
   * Lets the time of a watched wait pass. The server skips no time while an activity runs, so the first attempt asks for the next one
   * after that time: the history is that of one long activity.
   */
  const spend = (ms: number): void => {
    if (!world.trueTimes || Context.current().info.attempt > 1) return;
    throw ApplicationFailure.create({ type: 'TimePasses', message: 'time passes', nextRetryDelay: ms });
  };

  world.activities = {
    ...databaseActivities(world.database, begin),
    ...replicaSetActivities(world.replicaSet, world.database, begin),
    ...readReplicaActivities(world.standbys, begin),
    ...redisClusterActivities(world.redisCluster, begin),
    async loadCatalog() {
      await begin('loadCatalog');
      return { catalog, hash: 'catalog-1' };
    },
    async observe() {
      await begin('observe');
      return observationOf(world, catalog);
    },
    async readKafka({ services }) {
      await begin('readKafka');
      return {
        cluster: clusterOf(world),
        ongoing: [],
        throttled: world.throttled,
        replicas: Object.fromEntries(services.map((name) => [name, serviceOf(world, name).replicas])),
        symptoms: {
          brokerCpuOfLimit: known(0.9, 'world'),
          diskUsed: known(0.2, 'world'),
          groups: [],
        },
        observedAtMs: Date.now(),
      };
    },
    async increasePartitions({ topic, partitions }) {
      await begin('increasePartitions', topic, partitions);
      world.partitions = partitions;
      return { facts: [`${topic} has ${partitions}`] };
    },
    async keepPartitions({ topic, partitions }) {
      await begin('keepPartitions', topic, partitions);
      if (world.partitions > partitions) throw failure('NotUndoable', `${topic} has ${world.partitions}`);
      return { facts: [`${topic} has ${world.partitions}`] };
    },
    async restartReplica({ replica }) {
      await begin('restartReplica', replica);
      return { facts: [`${replica} restarted`] };
    },
    async readBrokerSettings() {
      await begin('readBrokerSettings');
      return {
        settings: {
          KAFKA_NODE_ID: '1',
          KAFKA_PROCESS_ROLES: 'broker,controller',
          KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
          KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
          KAFKA_LISTENERS: 'INTERNAL://:9092,EXTERNAL://:29092,CONTROLLER://:9093',
          KAFKA_ADVERTISED_LISTENERS: 'INTERNAL://kafka:9092,EXTERNAL://localhost:29092',
        },
        containerName: 'world-kafka',
        room: {
          brokerMemoryBytes: known(2 ** 30, 'world'),
          hostMemoryFreeBytes: known(64 * 2 ** 30, 'world'),
          diskFreeBytes: known(world.checklist.freeDiskBytes, 'world'),
          partitions: { bytes: { 'message-events-0': 2 ** 20 }, silent: [] },
        },
      };
    },
    async findTakenNames({ services, volumes }) {
      await begin('findTakenNames', ...services);
      return {
        services: {},
        volumes: volumes.filter((name) => world.foreignVolumes.includes(name)),
        containers: [],
      };
    },
    async addBrokers({ added }) {
      await begin('addBrokers', ...Object.keys(added));
      world.brokers = [1, 2, 3].slice(0, 1 + Object.keys(added).length);
      return { facts: Object.keys(added).map((name) => `created ${name}`) };
    },
    async removeBrokers({ added, ids }) {
      await begin('removeBrokers', ...Object.keys(added));
      if (world.places.some((replicas) => replicas.some((broker) => ids.includes(broker))))
        throw failure('BrokerInUse', 'a broker holds copies');
      world.brokers = world.brokers.filter((broker) => !ids.includes(broker));
      return { facts: Object.keys(added).map((name) => `removed ${name}`) };
    },
    async waitForBrokers({ ids }) {
      await begin('waitForBrokers', ...ids);
      return { facts: [`brokers ${ids.join(', ')} joined`] };
    },
    async movePartitions({ moves }) {
      await begin('movePartitions', moves.length);
      for (const { partition, to } of moves) world.places[partition] = to;
      return { facts: [`${moves.length} moved`] };
    },
    async waitForCopiesInSync() {
      await begin('waitForCopiesInSync');
      return { facts: ['all copies in sync'] };
    },
    async readReplicas({ services }) {
      await begin('readReplicas', ...services);
      return Object.fromEntries(services.map((name) => [name, world.replicas[name] ?? 0]));
    },
    async findObstacles() {
      await begin('findObstacles');
      return [];
    },
    async readPartitions({ topics }) {
      await begin('readPartitions');
      return Object.fromEntries(topics.map((topic) => [topic, 10]));
    },
    async scaleService({ service: name, replicas }) {
      await begin('scaleService', name, replicas);
      world.replicas[name] = replicas;
      return { facts: [`${name} at ${replicas}`] };
    },
    async waitForReplicas({ service: name, replicas }) {
      await begin('waitForReplicas', name, replicas);
      return { facts: [`${name}: ${replicas} healthy`] };
    },
    async editComposeFile({ edits, backup }) {
      await begin('editComposeFile', ...Object.keys(edits));
      world.backups[backup] ??= world.composeFile;
      world.composeFile = { ...world.composeFile, ...edits };
      return { facts: [`compose file edited, the bytes before are in ${backup}`] };
    },
    async restoreComposeFile({ backup }) {
      await begin('restoreComposeFile', backup);
      if (world.foreignLines.length > 0)
        throw failure('FileChanged', `edited by somebody else: ${world.foreignLines.join(' | ')}`);
      world.composeFile = world.backups[backup] ?? world.composeFile;
      return { facts: [`compose file as in ${backup}`] };
    },
    async compareComposeFile({ edits }) {
      await begin('compareComposeFile');
      const own = edits.map(({ edits: wanted }) => `+${JSON.stringify(wanted)}`);
      return { own, foreign: world.foreignLines };
    },
    async renewService({ service: name, replicas }) {
      await begin('renewService', name, replicas);
      return { facts: [`${name}: ${replicas} by the compose file`] };
    },
    async addServices({ added }) {
      await begin('addServices', ...Object.keys(added));
      for (const name of Object.keys(added)) world.replicas[name] = 1;
      return { facts: Object.keys(added).map((name) => `created ${name}`) };
    },
    async removeServices({ added }) {
      await begin('removeServices', ...Object.keys(added));
      for (const name of Object.keys(added)) delete world.replicas[name];
      return { facts: Object.keys(added).map((name) => `removed ${name}`) };
    },
    async reloadUpstream({ service: name, replicas }) {
      await begin('reloadUpstream', name, replicas);
      world.upstream[name] = replicas;
      return { facts: [`upstream of ${name} holds ${replicas}`] };
    },
    async proveEveryReplicaReached({ service: name, replicas }) {
      await begin('proveEveryReplicaReached', name, replicas);
      return { facts: [`all ${replicas} answered`] };
    },
    async waitForRebalance({ group, members }) {
      await begin('waitForRebalance', group, members);
      return { facts: [`${group} Stable with ${members}`] };
    },
    async waitForLagToFall({ group }) {
      await begin('waitForLagToFall', group);
      return { facts: [`lag of ${group} falls`] };
    },
    async watchEffectiveness({ before }) {
      await begin('watchEffectiveness');
      world.lagMessages = 10;
      const row = { metric: 'lag', unit: 'messages', before: 4_000, after: 10, expectedBelow: 100, ok: true };
      return {
        effectiveness: { reached: true, waitedMs: 5, rows: [row] },
        after: { ...before, atMs: before.atMs + 1 },
      };
    },
    async watchGate({ gate, services, soakMs }) {
      await begin('watchGate', ...services);
      spend(world.verdicts[0] === 'fail' ? soakMs / 2 : soakMs);
      const verdict = world.verdicts.shift() ?? 'pass';
      return {
        verdict,
        reasons: verdict === 'pass' ? [] : [`the world says ${verdict}`],
        notes: [],
        samples: 10,
        watchedMs: soakMs,
        worst: Object.fromEntries(gate.rules.map(({ metric }) => [metric, 0])),
        mean: Object.fromEntries(gate.rules.map(({ metric }) => [metric, 0])),
        below: Object.fromEntries(gate.rules.map(({ metric, below }) => [metric, below])),
        startedAtMs: Date.now() - soakMs,
        courses: {
          p95Ms: [
            [0, 110],
            [soakMs / 1_000, 130],
          ],
        },
        ...(verdict === 'fail' ? { firstBadAtMs: Date.now() } : {}),
      };
    },
    async watchTraffic({ services, stableMs, timeoutMs }) {
      await begin('watchTraffic', ...services);
      spend(world.traffic?.stable === false ? timeoutMs : stableMs);
      return world.traffic ?? { stable: true, sentence: `stable for ${stableMs} ms`, seen: 15, slots: 15 };
    },
    async drainReplicas({ service: name, replicas }) {
      await begin('drainReplicas', name, replicas);
      return { facts: [`${name} drained to ${replicas}`] };
    },
    async readStorage() {
      await begin('readStorage');
      const { freeDiskBytes, use } = world.checklist;
      return {
        availableMemoryBytes: known(60 * 2 ** 30, 'world'),
        storage: { freeBytes: known(freeDiskBytes, 'world'), use },
      };
    },
    async pruneUnused({ kinds }) {
      await begin('pruneUnused', ...kinds);
      world.checklist.pruned.push(...kinds);
      return { facts: kinds.map((kind) => `pruned 1 of ${kind}, 1 GiB free again`) };
    },
    async backUpComposeFile({ backup }) {
      await begin('backUpComposeFile', backup);
      return { facts: [`the bytes before are in ${backup}`] };
    },
    async checkHealth() {
      await begin('checkHealth');
      return { unhealthy: world.checklist.unhealthy };
    },
    async spreadRequests({ requests }) {
      await begin('spreadRequests', requests);
      const names = Array.from(
        { length: world.replicas['api-gateway'] ?? 0 },
        (_, index) => `gateway-${index + 1}`,
      );
      return {
        requests,
        failed: 0,
        answered: Object.fromEntries(names.map((name) => [name, requests / names.length])),
      };
    },
    async sendMessages({ messages }) {
      await begin('sendMessages', messages);
      return { sent: messages, deliveredMs: Array.from({ length: messages }, () => 120) };
    },
    async scanLogs() {
      await begin('scanLogs');
      return world.checklist.lines;
    },
    async checkFunction() {
      await begin('checkFunction');
      return { facts: ['the front door answers'] };
    },
    async excerptErrors() {
      await begin('excerptErrors');
      return { facts: ['3x ERROR: pool exhausted'] };
    },
    async requestLease(request) {
      await begin('requestLease', ...request.services);
      await client().workflow.signalWithStart('lease', {
        taskQueue: taskQueueOf(environment),
        workflowId: leaseWorkflowId(environment),
        args: [{ environment }],
        signal: leaseRequestSignal,
        signalArgs: [request],
      });
    },
    async releaseLease(input) {
      await begin('releaseLease');
      await client().workflow.getHandle(leaseWorkflowId(environment)).signal(leaseReleaseSignal, input);
    },
    async waitForHolderToEnd({ holders, timeoutMs }) {
      await begin('waitForHolderToEnd', ...holders.map(({ workflowId }) => workflowId));
      const until = Date.now() + timeoutMs;
      while (Date.now() < until) {
        const ended: string[] = [];
        for (const { workflowId, runId } of holders) {
          const { status } = await client().workflow.getHandle(workflowId, runId).describe();
          if (status.name !== 'RUNNING') ended.push(workflowId);
        }
        if (ended.length > 0) return ended;
        heartbeat();
        await Context.current().sleep(100);
      }
      return [];
    },
    async readUpstream({ service: name }) {
      await begin('readUpstream', name);
      return { matches: world.upstream[name] === world.replicas[name] };
    },
    async readProcedure({ procedureId, runId }) {
      await begin('readProcedure', procedureId);
      const handle = client().workflow.getHandle(procedureId, runId);
      const status = await handle.describe().then(
        (description) => description.status,
        () => undefined,
      );
      if (status === undefined) return { plan: null, result: null, running: false };
      // From the history: to wait for a result lets the server skip time, in the middle of an activity.
      const { events } = await handle.fetchHistory();
      const [payload] = events?.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads ?? [];
      const result = payload == null ? null : defaultPayloadConverter.fromPayload<ProcedureResult>(payload);
      const running = status.name === 'RUNNING';
      const plan = await handle.query(planQuery);
      return { plan, result, running, status: status.name, ...(await readBegun(handle)) };
    },
    // The server that skips time keeps no list.
    async listProcedures(input) {
      await begin('listProcedures');
      try {
        return await pastProcedureActivities({ client: client() }).listProcedures(input);
      } catch (error) {
        if (/unimplemented|not implemented/i.test(String((error as Error).cause ?? error))) return [];
        throw error;
      }
    },
    async readLeases(input) {
      await begin('readLeases');
      return pastProcedureActivities({ client: client() }).readLeases(input);
    },
    async stopProcedure({ procedureId, reason }) {
      await begin('stopProcedure', procedureId);
      const handle = client().workflow.getHandle(procedureId);
      await handle.signal('abort', { mode: 'hold', reason });
      await handle.result();
      return { facts: [`${procedureId} stopped`] };
    },
  };
  return world;
}

/** The spike is over: little load on what runs. */
export function calm(world: World): void {
  world.cpuOfLimit = Object.fromEntries(Object.keys(world.replicas).map((name) => [name, 0.15]));
  world.lagMessages = 10;
  world.p95Ms = 120;
  world.errorRate = 0;
}

/** What an activity of the world throws: like the real ones, a failure with a stable type. */
export const failure = (type: string, message = type): ApplicationFailure =>
  ApplicationFailure.create({ type, message, nonRetryable: true });

function clusterOf({ partitions, places, brokers }: World): KafkaCluster {
  return {
    brokers,
    partitions: Array.from({ length: partitions }, (_, partition) => {
      const replicas = places[partition] ?? [1];
      return { topic: 'message-events', partition, leader: replicas[0] ?? -1, replicas, inSync: replicas };
    }),
  };
}

function observationOf(world: World, catalog: Catalog): Observation {
  const services = Object.keys(catalog.services).map((name) => serviceOf(world, name));
  const groups = Object.values(catalog.services).flatMap(({ consumer }) =>
    consumer === undefined ? [] : [consumer],
  );
  return {
    environment: world.environment,
    atMs: Date.now(),
    windowMs: 2_000,
    services: Object.fromEntries(services.map((observed) => [observed.service, observed])),
    groups: Object.fromEntries(
      groups.map(({ group, topic }) => [
        group,
        {
          group,
          topic,
          state: 'Stable',
          members: 1,
          partitions: 10,
          assignedMembers: 1,
          lagMessages: known(world.lagMessages, 'kafka'),
        },
      ]),
    ),
    infrastructure: world.infrastructure,
    host: {
      cpus: 16,
      memoryBytes: 64 * 2 ** 30,
      reservedCpus: known(2, 'world'),
      reservedMemoryBytes: known(2 ** 30, 'world'),
      availableMemoryBytes: known(60 * 2 ** 30, 'world'),
    },
  };
}

function serviceOf(world: World, name: string): ServiceObservation {
  const count = world.replicas[name] ?? 0;
  const replicas: Replica[] = Array.from({ length: count }, (_, index) => ({
    id: `${name}-${index + 1}`,
    name: `world-${name}-${index + 1}`,
    service: name,
    number: index + 1,
    state: 'running',
    health: 'healthy',
    createdAtMs: index,
    restartCount: 0,
    limits: { cpus: 0.5, memoryBytes: 512 * 2 ** 20 },
  }));
  const cpu = world.cpuOfLimit[name] ?? 0.1;
  const usage = {
    cpuOfLimit: known(cpu, 'world'),
    memoryOfLimit: known(0.4, 'world'),
    cpus: known(cpu / 2, 'world'),
    memoryBytes: known(200 * 2 ** 20, 'world'),
  };
  const gateway = name === 'api-gateway';
  return {
    service: name,
    replicas,
    usage: Object.fromEntries(replicas.map((replica) => [replica.name, usage])),
    requestRatePerMinute: gateway ? known(4_800, 'world') : unknown('no requests', 'world'),
    errorRate: gateway ? known(world.errorRate, 'world') : unknown('no requests', 'world'),
    p95Ms: gateway ? known(world.p95Ms, 'world') : unknown('no requests', 'world'),
    poolUtilization: unknown('no pool', 'world'),
    processingRatePerMinute: name.endsWith('connector')
      ? known(name.startsWith('whatsapp') ? 900 : 60, 'world')
      : unknown('no pattern', 'world'),
  };
}
