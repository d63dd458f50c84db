import { withMongodb } from '../../adapters/mongodb/connect.ts';
import { readMongodb } from '../../adapters/mongodb/read.ts';
import { readReplicaSet } from '../../adapters/mongodb/read-replica-set.ts';
import { kafkaAdmin } from '../../adapters/kafka/cluster.ts';
import type { KafkaConnection } from '../../adapters/kafka/connect.ts';
import { withPostgres } from '../../adapters/postgres/connect.ts';
import { readReplication, readStreaming } from '../../adapters/postgres/replication.ts';
import { readSettings } from '../../adapters/postgres/settings.ts';
import { withRedis } from '../../adapters/redis/connect.ts';
import type { Lab } from '../../demo/lab.ts';
import { settingText } from '../../domain/postgres-settings.ts';
import { valueOf } from '../../domain/reading.ts';
import { addBrokersWorkflowId } from '../../workflows/contracts/add-brokers.ts';
import { databaseWorkflowId } from '../../workflows/contracts/database.ts';
import { increasePartitionsWorkflowId } from '../../workflows/contracts/increase-partitions.ts';
import { startApproved } from './approving.ts';
import { askNode, askPostgresIn } from './asking.ts';
import { containersOf, startResize } from './database-stage.ts';
import type { Procedure } from './steps.ts';

const MIB = 2 ** 20;

/** One procedure of Scenario 3, in the middle of which something is killed. */
export interface KillTarget {
  procedure: string;
  /** What is killed, and has to find its way back. */
  service: string;
  /** In the middle of which step. */
  step: string;
  begin: () => Promise<Procedure>;
  /** What runs, as one word that differs between `completed` and before. */
  state: () => Promise<string>;
  /** That word after `completed`. */
  completed: string;
  /**
   * Whoever starts a dead engine anew brings the platform up again, and with it services that the procedure needs and does not own. One that
   * stops and starts its own database finds it by itself.
   */
  needsPlatform: boolean;
}

/** All eight, in an order in which none needs what another one has added. */
export function killTargets(lab: Lab, connection: KafkaConnection): KillTarget[] {
  const secret = (name: string): string => lab.stack.secrets[name] ?? '';
  const [postgresUrl, redisUrl] = [secret('CHAT4ALL_POSTGRES_URL'), secret('CHAT4ALL_REDIS_URL')];
  const mongodbUrl = secret('CHAT4ALL_MONGODB_URL');
  const kafka = kafkaAdmin(connection);
  const beside = (type: string, database: string, input: object = {}) =>
    startApproved(lab, type, databaseWorkflowId(lab.environment, database), {
      database,
      sampleMs: 1_000,
      ...input,
    });
  return [
    {
      procedure: 'resizePostgres',
      service: 'postgres',
      step: 'restart',
      begin: () =>
        startResize(lab, 'resizePostgres', 'postgres', {
          cpus: 1,
          memoryBytes: 1_024 * MIB,
          settings: { shared_buffers: '192MB' },
        }),
      state: () =>
        withPostgres(postgresUrl, async (client) => {
          const { shared_buffers: now } = await readSettings(client, ['shared_buffers']);
          return now === undefined ? 'unknown' : settingText(now);
        }),
      completed: '192MB',
      needsPlatform: false,
    },
    {
      procedure: 'resizeRedis',
      service: 'redis',
      step: 'limits',
      begin: () => startResize(lab, 'resizeRedis', 'redis', { memoryBytes: 192 * MIB }),
      state: async () => {
        await withRedis(redisUrl, (client) => client.ping());
        return `${((await containersOf(lab, 'redis'))[0]?.memoryBytes ?? 0) / MIB} MiB`;
      },
      completed: '192 MiB',
      needsPlatform: false,
    },
    {
      procedure: 'resizeMongodb',
      service: 'mongodb',
      step: 'limits',
      begin: () =>
        startResize(lab, 'resizeMongodb', 'mongodb', {
          cpus: 1,
          memoryBytes: 1_024 * MIB,
          cacheBytes: 512 * MIB,
        }),
      state: async () => {
        const cacheBytes = valueOf((await withMongodb(mongodbUrl, readMongodb)).cacheMaxBytes) ?? 0;
        const [container] = await containersOf(lab, 'mongodb');
        return `${(container?.memoryBytes ?? 0) / MIB} MiB, cache ${cacheBytes / MIB} MiB`;
      },
      completed: '1024 MiB, cache 512 MiB',
      needsPlatform: false,
    },
    {
      procedure: 'addReadReplica',
      service: 'postgres',
      step: 'replica',
      begin: () => beside('addReadReplica', 'postgres'),
      state: async () => {
        const [{ slots }, streaming] = await withPostgres(
          postgresUrl,
          async (client) => [await readReplication(client), await readStreaming(client)] as const,
        );
        const names = slots.names.join(' ') || 'none';
        if ((await containersOf(lab, 'postgres-replica-1')).length === 0)
          return `no replica, slots: ${names}`;
        const isStandby = await askPostgresIn('chat4all-postgres-replica-1', 'SELECT pg_is_in_recovery()');
        return `${streaming.map(({ state }) => state).join()}, in recovery: ${isStandby}`;
      },
      completed: 'streaming, in recovery: t',
      needsPlatform: true,
    },
    {
      procedure: 'formRedisCluster',
      service: 'redis',
      step: 'copy',
      begin: () => beside('formRedisCluster', 'redis'),
      state: async () => {
        const keys = await withRedis(redisUrl, (client) => client.dbsize());
        if ((await containersOf(lab, 'redis-node-1')).length === 0) return 'no cluster';
        const info = await askNode(1, 'CLUSTER', 'INFO');
        const isWhole = info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384');
        return `${isWhole ? 'cluster_state:ok' : info}, ${keys > 0 ? 'keys' : 'no keys'}`;
      },
      completed: 'cluster_state:ok, keys',
      needsPlatform: true,
    },
    {
      procedure: 'formReplicaSet',
      service: 'mongodb',
      step: 'join-mongodb-secondary-1',
      begin: () => startResize(lab, 'formReplicaSet', 'mongodb', {}),
      state: async () => {
        const status = await withMongodb(mongodbUrl, readReplicaSet);
        return status?.members.map(({ state }) => state).join() ?? 'no set';
      },
      completed: 'PRIMARY,SECONDARY,SECONDARY',
      // `up -d` would take the container that waits beside it for one too many.
      needsPlatform: false,
    },
    {
      procedure: 'increasePartitions',
      service: 'kafka',
      step: 'restart-',
      begin: () =>
        startApproved(
          lab,
          'increasePartitions',
          increasePartitionsWorkflowId(lab.environment, 'message-events'),
          { topic: 'message-events', partitions: 20, sampleMs: 1_000 },
        ),
      state: async () => `${(await kafka.cluster(['message-events'])).partitions.length} partitions`,
      completed: '20 partitions',
      needsPlatform: true,
    },
    {
      procedure: 'addBrokers',
      service: 'kafka',
      step: 'move-1',
      begin: () =>
        startApproved(lab, 'addBrokers', addBrokersWorkflowId(lab.environment), {
          brokers: 3,
          replicationFactor: 3,
          throttleBytesPerSecond: 1_500_000,
          batchPartitions: 30,
          sampleMs: 1_000,
        }),
      state: async () => {
        const { brokers, partitions } = await kafka.cluster();
        const few = partitions.filter(({ replicas }) => replicas.length < 3).length;
        const topics = [...new Set(partitions.map(({ topic }) => topic))];
        const throttled = await kafka.clearThrottle(brokers, topics);
        return `${brokers.length} brokers, ${few} partitions with few copies, ${throttled} throttles`;
      },
      completed: '3 brokers, 0 partitions with few copies, 0 throttles',
      needsPlatform: true,
    },
  ];
}
