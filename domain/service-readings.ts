import type { Catalog } from './catalog.ts';
import type {
  GroupObservation,
  Observation,
  Replica,
  ReplicaUsage,
  ServiceObservation,
} from './observation.ts';
import { known, unknown, type Reading } from './reading.ts';

/** The service at the front door: the one behind the load balancer, else the one of the first priority. */
export const frontDoorOf = (catalog: Catalog): string | undefined =>
  catalog.loadBalancer?.upstreamService ??
  Object.values(catalog.services).toSorted((a, b) => a.priority - b.priority)[0]?.name;

/** Replicas that exist, running or on the way; what has exited serves nobody. */
export const livingReplicas = (replicas: readonly Replica[]): Replica[] =>
  replicas.filter(({ state }) => state !== 'exited');

/** Replicas of a service that exist now, or `undefined` when the service was not observed: that is not 0. */
export const replicasNow = (seen: Observation, service: string): number | undefined => {
  const observed = seen.services[service];
  return observed === undefined ? undefined : livingReplicas(observed.replicas).length;
};

type Measure = 'cpuOfLimit' | 'memoryOfLimit';

/** The hottest replica's reading. Replicas that could not be measured are left out while one could. */
export const hottest = (service: ServiceObservation, measure: Measure): Reading => {
  const { values, missing } = readings(service, measure);
  if (values.length === 0) return missing;
  return known(Math.max(...values), `hottest of ${values.length} replicas`);
};

/** The mean over the replicas that could be measured. */
export const mean = (service: ServiceObservation, measure: Measure): Reading => {
  const { values, missing } = readings(service, measure);
  if (values.length === 0) return missing;
  return known(
    values.reduce((sum, value) => sum + value, 0) / values.length,
    `mean of ${values.length} replicas`,
  );
};

/** The state of the service's consumer group, where the service has one and Kafka answered. */
export const groupOf = (
  catalog: Catalog,
  seen: Observation,
  service: string,
): GroupObservation | undefined => {
  const consumer = catalog.services[service]?.consumer;
  return consumer === undefined ? undefined : seen.groups[consumer.group];
};

const readings = (service: ServiceObservation, measure: Measure) => {
  const list = Object.values(service.usage).map((usage: ReplicaUsage) => usage[measure]);
  const values = list.flatMap((reading) => (reading.known ? [reading.value] : []));
  const missing = list.find((reading) => !reading.known) ?? unknown('no replica was measured', 'platform');
  return { values, missing };
};
