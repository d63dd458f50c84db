import { abortHold } from './abort-hold.ts';
import { addBrokers } from './add-brokers.ts';
import { emergency } from './emergency.ts';
import { killDatabase, killEngine } from './kill.ts';
import { killWorker } from './kill-worker.ts';
import { lease } from './lease.ts';
import { nginxReload } from './nginx-reload.ts';
import { partitions } from './partitions.ts';
import { planned } from './planned.ts';
import { plannedHold } from './planned-hold.ts';
import { plannedRegression } from './planned-regression.ts';
import { readReplica } from './read-replica.ts';
import { redisCluster } from './redis-cluster.ts';
import { repair } from './repair.ts';
import { replicaSet } from './replica-set.ts';
import { resizeMongodb } from './resize-mongodb.ts';
import { resizeRedis } from './resize-redis.ts';
import { resizePostgres } from './resize-postgres.ts';
import { rollback } from './rollback.ts';
import { scaleDown } from './scale-down.ts';
import type { Scenario } from './scenario.ts';
import { validate } from './validate.ts';

export const scenarios = {
  emergency,
  'kill-worker': killWorker,
  'kill-database': killDatabase,
  'kill-engine': killEngine,
  rollback,
  repair,
  'abort-hold': abortHold,
  lease,
  'scale-down': scaleDown,
  'nginx-reload': nginxReload,
  validate,
  planned,
  'planned-hold': plannedHold,
  'planned-regression': plannedRegression,
  partitions,
  'add-brokers': addBrokers,
  'read-replica': readReplica,
  'redis-cluster': redisCluster,
  'resize-postgres': resizePostgres,
  'resize-redis': resizeRedis,
  'resize-mongodb': resizeMongodb,
  'replica-set': replicaSet,
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
