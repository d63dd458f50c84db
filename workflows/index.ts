/** Everything that a worker registers: the exported name is the workflow type. */
export { addReadReplica } from './add-read-replica.ts';
export { addBrokers } from './add-brokers.ts';
export { emergencyRollback } from './emergency-rollback.ts';
export { emergencyScaling } from './emergency-scaling.ts';
export { formRedisCluster } from './form-redis-cluster.ts';
export { formReplicaSet } from './form-replica-set.ts';
export { gradualScaleDown } from './gradual-scale-down.ts';
export { increasePartitions } from './increase-partitions.ts';
export { lease } from './lease.ts';
export { plannedScaling } from './planned-scaling.ts';
export { validateScaling } from './validate-scaling.ts';
export { resizeMongodb } from './resize-mongodb.ts';
export { resizeRedis } from './resize-redis.ts';
export { resizePostgres } from './resize-postgres.ts';
export { repair } from './repair.ts';
