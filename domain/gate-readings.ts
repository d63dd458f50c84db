import type { Catalog } from './catalog.ts';
import type { Gate, GateSample } from './gates.ts';
import type { Observation, ServiceObservation } from './observation.ts';
import { known, unknown, type Reading } from './reading.ts';
import { frontDoorOf, hottest } from './service-readings.ts';

/**
 * The metrics that a gate can name, as `kind` or `kind:name`. The name is a service, for `lagMessages` a consumer group.
 * Without one it is the service at the front door, for `lagMessages` the worst group that was observed.
 */
export const gateMetrics = [
  'p95Ms',
  'errorRate',
  'requestRatePerMinute',
  'poolUtilization',
  'cpuOfLimit',
  'memoryOfLimit',
  'lagMessages',
  'restarts',
  'unhealthy',
] as const;
export type GateMetric = (typeof gateMetrics)[number];

/** Restarts of each replica when a soak began, by id; one that is not in it had none. */
export type RestartsBefore = Readonly<Record<string, number>>;

/** The readings of one observation that the gate asks for. */
export const gateSampleOf = (
  gate: Gate,
  catalog: Catalog,
  seen: Observation,
  restartsBefore: RestartsBefore = {},
): GateSample =>
  Object.fromEntries(
    gate.rules.map(({ metric }) => [metric, readingOf(metric, catalog, seen, restartsBefore)]),
  );

export const restartsOf = (seen: Observation): Record<string, number> =>
  Object.fromEntries(
    Object.values(seen.services).flatMap(({ replicas }) =>
      replicas
        .filter(({ restartCount }) => restartCount > 0)
        .map(({ id, restartCount }) => [id, restartCount]),
    ),
  );

/** Services that must be observed so that every rule of the gate can be judged; a name that is no service stays as it is. */
export const servicesOfGate = (gate: Gate, catalog: Catalog): string[] => {
  const services = gate.rules.flatMap(({ metric }) => {
    const { kind, name } = partsOf(metric);
    if (kind === 'lagMessages') return name === undefined ? [] : (consumerOf(catalog, name) ?? []);
    return name ?? frontDoorOf(catalog) ?? [];
  });
  return [...new Set(services)];
};

/** Names in the gate that the catalog does not know, with the path of each. */
export const unknownInGate = (gate: Gate, catalog: Catalog): { path: string; message: string }[] =>
  gate.rules.flatMap(({ metric }, index) => {
    const { kind, name } = partsOf(metric);
    const path = `gate.rules.${index}.metric`;
    if (!(gateMetrics as readonly string[]).includes(kind))
      return [{ path, message: `${kind} is no metric: ${gateMetrics.join(', ')}` }];
    if (name === undefined) return [];
    if (kind === 'lagMessages')
      return consumerOf(catalog, name) === undefined
        ? [{ path, message: `the catalog has no consumer group ${name}` }]
        : [];
    return Object.hasOwn(catalog.services, name)
      ? []
      : [{ path, message: `the catalog has no service ${name}` }];
  });

const partsOf = (metric: string): { kind: string; name?: string } => {
  const at = metric.indexOf(':');
  return at < 0 ? { kind: metric } : { kind: metric.slice(0, at), name: metric.slice(at + 1) };
};

const consumerOf = (catalog: Catalog, group: string): string | undefined =>
  Object.values(catalog.services).find(({ consumer }) => consumer?.group === group)?.name;

const readingOf = (
  metric: string,
  catalog: Catalog,
  seen: Observation,
  restartsBefore: RestartsBefore,
): Reading => {
  const { kind, name } = partsOf(metric);
  if (kind === 'lagMessages') return lagOf(seen, name);
  const service = name ?? frontDoorOf(catalog);
  const observed = service === undefined ? undefined : seen.services[service];
  if (observed === undefined)
    return unknown(`${service ?? 'the front door'} was not observed`, 'observation');
  return serviceReading(kind as GateMetric, observed, restartsBefore);
};

const serviceReading = (
  kind: GateMetric,
  observed: ServiceObservation,
  restartsBefore: RestartsBefore,
): Reading => {
  switch (kind) {
    case 'p95Ms':
    case 'errorRate':
    case 'requestRatePerMinute':
    case 'poolUtilization':
      return observed[kind];
    case 'cpuOfLimit':
    case 'memoryOfLimit':
      return hottest(observed, kind);
    case 'restarts':
      return known(restartsSince(observed, restartsBefore), 'platform');
    case 'unhealthy':
      return known(observed.replicas.filter(isUnhealthy).length, 'platform');
    default:
      return unknown('no such metric', 'gate');
  }
};

const restartsSince = ({ replicas }: ServiceObservation, before: RestartsBefore): number =>
  replicas.reduce((sum, { id, restartCount }) => sum + Math.max(0, restartCount - (before[id] ?? 0)), 0);

const isUnhealthy = ({ state, health }: ServiceObservation['replicas'][number]): boolean =>
  state !== 'running' || health === 'unhealthy';

/** Of the worst group when none is named; one that could not be read may be the worst. */
const lagOf = (seen: Observation, group: string | undefined): Reading => {
  if (group !== undefined)
    return seen.groups[group]?.lagMessages ?? unknown(`group ${group} was not observed`, 'Kafka');
  const readings = Object.values(seen.groups).map(({ lagMessages }) => lagMessages);
  const missing = readings.find((reading) => !reading.known);
  if (missing !== undefined) return missing;
  const values = readings.flatMap((reading) => (reading.known ? [reading.value] : []));
  return values.length === 0
    ? unknown('no group was observed', 'Kafka')
    : known(Math.max(...values), 'Kafka');
};
