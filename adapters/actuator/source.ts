import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { ServiceSpec } from '../../domain/catalog.ts';
import {
  requestCountOf,
  serviceMetricsOf,
  unknownMetrics,
  type ReplicaScrapes,
  type Sample,
  type ServiceMetrics,
} from '../../domain/metrics.ts';
import type { Replica } from '../../domain/observation.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import { pause } from '../abort.ts';
import type { MetricsSource } from '../metrics-source.ts';
import { scrape, type Fetch, type ScrapeOptions } from './scrape.ts';

export interface ActuatorOptions {
  fetch: Fetch;
  /** For one request. An overloaded replica answers late, and its metrics are wanted most then. */
  timeoutMs?: number;
}

/** Metrics of Spring Boot's actuator (or anything that answers like it), read from each running replica. */
export const actuatorMetrics = ({ fetch, timeoutMs = 5_000 }: ActuatorOptions): MetricsSource => ({
  read: (service, replicas, windowMs, signal) =>
    read(service, replicas, windowMs, { fetch, timeoutMs, ...(signal === undefined ? {} : { signal }) }),

  requestCounts: async (service, replicas, path, signal) => {
    const options = { fetch, timeoutMs, ...(signal === undefined ? {} : { signal }) };
    const entries = replicas.map(async (replica) => {
      const samples = await tryScrape(replica, service, options);
      return [replica.name, countIn(samples, path)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  },
});

const read = async (
  service: ServiceSpec,
  replicas: readonly Replica[],
  windowMs: number,
  options: ScrapeOptions,
): Promise<ServiceMetrics> => {
  if (service.metrics === undefined) return unknownMetrics('the catalog names no metrics', 'actuator');
  const running = replicas.filter(({ state }) => state === 'running');
  if (running.length === 0) return unknownMetrics('no replica is running', 'actuator');
  const scrapes = await Promise.all(
    running.map((replica) => scrapeTwice(replica, service, windowMs, options)),
  );
  const answered = scrapes.filter((result): result is ReplicaScrapes => !(result instanceof CrescendoError));
  const failed = scrapes.find((result) => result instanceof CrescendoError);
  if (answered.length === 0) return unknownMetrics(failed?.message ?? 'no replica answered', 'actuator');
  return serviceMetricsOf(answered, sourceOf(answered.length, running.length));
};

const sourceOf = (answered: number, running: number): string =>
  answered === running ? 'actuator' : `actuator of ${answered} of ${running} replicas`;

const scrapeTwice = async (
  replica: Replica,
  service: ServiceSpec,
  windowMs: number,
  options: ScrapeOptions,
): Promise<ReplicaScrapes | CrescendoError> => {
  const before = await tryScrape(replica, service, options);
  if (before instanceof CrescendoError) return before;
  // The replica counts at some moment of the request; the end of each answer is the nearest that is known of it.
  const startedAtMs = performance.now();
  await pause(windowMs, options.signal);
  const after = await tryScrape(replica, service, options);
  if (after instanceof CrescendoError) return after;
  return { before, after, windowMs: performance.now() - startedAtMs };
};

const tryScrape = async (
  replica: Replica,
  service: ServiceSpec,
  options: ScrapeOptions,
): Promise<readonly Sample[] | CrescendoError> => {
  if (service.metrics === undefined)
    return new CrescendoError('MetricsUnavailable', `the catalog names no metrics of ${service.name}`);
  try {
    return await scrape(replica, service.metrics, options);
  } catch (error) {
    if (error instanceof CrescendoError) return error;
    throw error;
  }
};

const countIn = (samples: readonly Sample[] | CrescendoError, path: string): Reading =>
  samples instanceof CrescendoError
    ? unknown(samples.message, 'actuator')
    : known(requestCountOf(samples, path), 'actuator');
