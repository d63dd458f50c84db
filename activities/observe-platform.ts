import { readProcessingRate } from '../adapters/logs/read-rate.ts';
import type { ServiceSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type {
  GroupObservation,
  Observation,
  Replica,
  ReplicaUsage,
  ServiceObservation,
} from '../domain/observation.ts';
import { unknown, type Reading } from '../domain/reading.ts';
import { reservedOf, unknownUsage } from '../domain/reserved.ts';
import type { Dependencies } from './dependencies.ts';
import { servicesIn } from './names.ts';

/** Lines that are written seldom need a longer window than the sample to be counted. */
const logWindowMs = 30_000;

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
    groups,
    host: { ...host, ...reservedOf(Object.values(replicas).flat(), usage) },
  };
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

const observeGroups = async (
  { kafka }: Dependencies,
  specs: readonly ServiceSpec[],
  signal: AbortSignal,
): Promise<Record<string, GroupObservation>> => {
  const queries = specs.flatMap(({ consumer }) => consumer ?? []);
  const unread = (reason: string): Record<string, GroupObservation> =>
    Object.fromEntries(queries.map((query) => [query.group, unknownGroup(query, reason)]));
  if (kafka === undefined) return unread('the catalog names no Kafka');
  try {
    const read = await kafka.groups(queries, signal);
    return Object.fromEntries(
      queries.map((query) => {
        const group = read[query.group] ?? new CrescendoError('KafkaUnavailable', 'Kafka gave no answer');
        return [
          query.group,
          group instanceof CrescendoError ? unknownGroup(query, group.message) : observationOf(group),
        ];
      }),
    );
  } catch (error) {
    return unread(reasonOf(error, signal));
  }
};

/** Without what only the wait for a rebalance needs. */
const observationOf = ({
  group,
  topic,
  state,
  members,
  partitions,
  assignedMembers,
  lagMessages,
}: GroupObservation): GroupObservation => ({
  group,
  topic,
  state,
  members,
  partitions,
  assignedMembers,
  lagMessages,
});

/** The state says that the counts mean nothing: Kafka itself has no state of this name. */
const unknownGroup = (
  { group, topic }: { group: string; topic: string },
  reason: string,
): GroupObservation => ({
  group,
  topic,
  state: 'Unknown',
  members: 0,
  partitions: 0,
  assignedMembers: 0,
  lagMessages: unknownLag(reason),
});

const unknownLag = (reason: string): Reading => unknown(reason, 'Kafka');

/** Why a source failed; a cancellation is no such reason and goes up. */
const reasonOf = (error: unknown, signal: AbortSignal): string => {
  signal.throwIfAborted();
  return error instanceof Error ? error.message : String(error);
};
