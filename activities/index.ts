import type { Activities } from './contract.ts';
import { catalogActivities } from './catalog.ts';
import { checklistActivities } from './checklist.ts';
import { composeFileActivities } from './compose-file.ts';
import type { Dependencies } from './dependencies.ts';
import { databaseContainerActivities } from './database-container.ts';
import { databaseSettingsActivities } from './database-settings.ts';
import { probeDatabaseActivities } from './probe-database.ts';
import { replaceContainerActivities } from './replace-container.ts';
import { replicaSetActivities } from './replica-set.ts';
import { drainActivities } from './drain.ts';
import { effectivenessActivities } from './effectiveness.ts';
import { errorActivities } from './errors.ts';
import { guarded } from './guard.ts';
import { brokerActivities } from './brokers.ts';
import { kafkaActivities } from './kafka.ts';
import { kafkaClusterActivities } from './kafka-cluster.ts';
import { movePartitionsActivities } from './move-partitions.ts';
import { postgresActivities } from './postgres.ts';
import { mongodbActivities } from './mongodb.ts';
import { redisActivities } from './redis.ts';
import { redisClusterActivities } from './redis-cluster.ts';
import { readReplicaActivities } from './read-replica.ts';
import { partitionActivities } from './partitions.ts';
import { leaseActivities } from './leases.ts';
import { observeActivities } from './observe.ts';
import { pastProcedureActivities } from './past-procedures.ts';
import { procedureActivities } from './procedures.ts';
import { reachActivities } from './reach.ts';
import { renewActivities } from './renew-service.ts';
import { scaleActivities } from './scale.ts';
import { upstreamActivities } from './upstream.ts';
import { validateActivities } from './validate.ts';
import { waitForReplicasActivities } from './wait-for-replicas.ts';
import { watchGateActivities } from './watch-gate.ts';
import { watchTrafficActivities } from './watch-traffic.ts';

export type { Dependencies, LoadedCatalog } from './dependencies.ts';

/** All activities of the contract over the given doors to the world, as a worker registers them. */
export const createActivities = (dependencies: Dependencies): Activities => {
  const activities: Activities = {
    ...catalogActivities(dependencies),
    ...checklistActivities(dependencies),
    ...composeFileActivities(dependencies),
    ...observeActivities(dependencies),
    ...scaleActivities(dependencies),
    ...drainActivities(dependencies),
    ...renewActivities(dependencies),
    ...waitForReplicasActivities(dependencies),
    ...upstreamActivities(dependencies),
    ...validateActivities(dependencies),
    ...reachActivities(dependencies),
    ...kafkaActivities(dependencies),
    ...kafkaClusterActivities(dependencies),
    ...partitionActivities(dependencies),
    ...brokerActivities(dependencies),
    ...movePartitionsActivities(dependencies),
    ...databaseContainerActivities(dependencies),
    ...databaseSettingsActivities(dependencies),
    ...replaceContainerActivities(dependencies),
    ...probeDatabaseActivities(dependencies),
    ...postgresActivities(dependencies),
    ...readReplicaActivities(dependencies),
    ...redisActivities(dependencies),
    ...redisClusterActivities(dependencies),
    ...mongodbActivities(dependencies),
    ...replicaSetActivities(dependencies),
    ...effectivenessActivities(dependencies),
    ...watchGateActivities(dependencies),
    ...watchTrafficActivities(dependencies),
    ...errorActivities(dependencies),
    ...leaseActivities(dependencies),
    ...procedureActivities(dependencies),
    ...pastProcedureActivities(dependencies),
  };
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      guarded(activity as (...input: unknown[]) => Promise<unknown>),
    ]),
  ) as unknown as Activities;
};
