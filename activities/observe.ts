import { readProcessingRate } from '../adapters/logs/read-rate.ts';
import type { Catalog, ServiceSpec } from '../domain/catalog.ts';
import { infrastructureOf } from '../domain/infrastructure.ts';
import type { Observation, Replica, ReplicaUsage, ServiceObservation } from '../domain/observation.ts';
import { unknown } from '../domain/reading.ts';
import { reservedOf, unknownUsage } from '../domain/reserved.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import type { Platform } from '../platforms/platform.ts';
import { servicesIn } from './names.ts';
import { observeGroups } from './observe-groups.ts';
import { reasonOf } from './reason.ts';
import { currentTask } from './task.ts';

/** Lines that are written seldom need a longer window than the sample to be counted. */
const logWindowMs = 30_000;

/** One read of everything, which takes little longer than `sampleMs`. */
export const observeActivities = (dependencies: Dependencies): Pick<Activities, 'observe'> => ({
  observe: (input) => observePlatform(dependencies, input, currentTask().signal),
});

/**
 * What is true now. The platform is read first, then its use, the metrics, Kafka and the logs all at once. A source that fails leaves
 * readings that are unknown, with the reason; only the platform itself must answer.
 * Throws PlatformUnavailable, UnknownService.
 */
export const observePlatform = async (
  dependencies: Dependencies,
  { services, sampleMs }: { services?: string[]; sampleMs: number },
  signal: AbortSignal,
): Promise<Observation> => {
  const { catalog } = await dependencies.loadCatalog();
  const specs = servicesIn(catalog, services ?? Object.keys(catalog.services));
  const { platform } = dependencies;
  // All replicas of the platform, since the databases take their share of the host too.
  const replicas = await platform.observe(undefined, signal);
  const atMs = dependencies.nowMs();
  const [host, usage, observed, groups] = await Promise.all([
    platform.host(signal),
    readUsage(dependencies, replicas, sampleMs, signal),
    Promise.all(specs.map((spec) => observeService(dependencies, spec, replicas, sampleMs, signal))),
    observeGroups(dependencies, specs, signal),
  ]);
  return {
    environment: catalog.environment,
    atMs,
    windowMs: sampleMs,
    services: Object.fromEntries(
      observed.map((service) => [
        service.service,
        {
          ...service,
          usage: Object.fromEntries(service.replicas.map(({ name }) => [name, usage(name)])),
        },
      ]),
    ),
    ...infrastructureIn(catalog, platform.kind, replicas),
    groups,
    host: { ...host, ...reservedOf(Object.values(replicas).flat(), usage) },
  };
};

/** Nothing of a platform that is computed: it has no containers for them, which says nothing. */
const infrastructureIn = (
  catalog: Catalog,
  kind: Platform['kind'],
  replicas: Readonly<Record<string, Replica[]>>,
): Pick<Observation, 'infrastructure'> => {
  if (kind === 'simulated') return {};
  const names = infrastructureOf(catalog);
  return { infrastructure: Object.fromEntries(names.map((name) => [name, replicas[name] ?? []])) };
};

/** Use by replica name. */
const readUsage = async (
  { platform }: Dependencies,
  replicas: Readonly<Record<string, Replica[]>>,
  windowMs: number,
  signal: AbortSignal,
): Promise<(name: string) => ReplicaUsage> => {
  try {
    const usage = await platform.stats(Object.keys(replicas), { windowMs, signal });
    return (name) => usage[name] ?? unknownUsage('not running, or gone while it was measured');
  } catch (error) {
    const reason = reasonOf(error, signal);
    return () => unknownUsage(reason);
  }
};

const observeService = async (
  { platform, metrics, nowMs }: Dependencies,
  spec: ServiceSpec,
  all: Readonly<Record<string, Replica[]>>,
  sampleMs: number,
  signal: AbortSignal,
): Promise<Omit<ServiceObservation, 'usage'>> => {
  const replicas = all[spec.name] ?? [];
  const processing =
    spec.processingPattern === undefined
      ? unknown('the catalog names no line that is written for each message', 'logs')
      : readProcessingRate(
          platform,
          replicas,
          { pattern: spec.processingPattern, windowMs: logWindowMs, nowMs: nowMs() },
          signal,
        );
  const [measured, processingRatePerMinute] = await Promise.all([
    metrics.read(spec, replicas, sampleMs, signal),
    processing,
  ]);
  return { service: spec.name, replicas, ...measured, processingRatePerMinute };
};
