import { badInput } from './cli/cli-error.ts';
import type { Definition } from './procedures/definition.ts';
import { addReadReplica } from './procedures/add-read-replica.ts';
import { addBrokers } from './procedures/add-brokers.ts';
import { emergencyRollback } from './procedures/emergency-rollback.ts';
import { emergencyScaling } from './procedures/emergency-scaling.ts';
import { formRedisCluster } from './procedures/form-redis-cluster.ts';
import { formReplicaSet } from './procedures/form-replica-set.ts';
import { gradualScaleDown } from './procedures/gradual-scale-down.ts';
import { increasePartitions } from './procedures/increase-partitions.ts';
import { plannedScaling } from './procedures/planned-scaling.ts';
import { repair } from './procedures/repair.ts';
import { resizeMongodb } from './procedures/resize-mongodb.ts';
import { resizeRedis } from './procedures/resize-redis.ts';
import { resizePostgres } from './procedures/resize-postgres.ts';
import { validateScaling } from './procedures/validate-scaling.ts';

/** Every procedure that a client can start, in the order of the help: a file each in procedures/. */
const table = {
  emergencyScaling,
  plannedScaling,
  emergencyRollback,
  gradualScaleDown,
  validateScaling,
  repair,
  resizeMongodb,
  formReplicaSet,
  resizePostgres,
  addReadReplica,
  resizeRedis,
  formRedisCluster,
  increasePartitions,
  addBrokers,
} satisfies Record<string, Definition>;

export type ProcedureName = keyof typeof table;
export const procedures: Readonly<Record<ProcedureName, Definition>> = table;
export const procedureNames = Object.keys(table) as ProcedureName[];

/** The name as a procedure. @throws CliError (exit 2) with those that exist. */
export function procedureNamed(name: string): ProcedureName {
  const found = procedureNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw badInput([{ path: 'procedure', message: `${name} does not exist: ${procedureNames.join(', ')}` }]);
}
