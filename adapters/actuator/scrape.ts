import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { ActuatorSpec } from '../../domain/catalog.ts';
import type { Sample } from '../../domain/metrics.ts';
import type { Replica } from '../../domain/observation.ts';
import { withTimeLimit } from '../abort.ts';
import { samplesOfTimer } from './http-timer.ts';
import { parsePrometheusText } from './parse.ts';

export type Fetch = typeof globalThis.fetch;

export interface ScrapeOptions {
  fetch: Fetch;
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * One scrape of a replica: `/prometheus`, and where an application has only the actuator's JSON, its `http.server.requests`. Throws
 * MetricsUnavailable with the reason.
 */
export const scrape = async (
  replica: Replica,
  spec: ActuatorSpec,
  options: ScrapeOptions,
): Promise<readonly Sample[]> => {
  if (replica.address === undefined)
    throw new CrescendoError('MetricsUnavailable', `${replica.name} has no address that the worker reaches`);
  const base = `http://${hostOf(replica.address)}:${spec.port}${spec.basePath}`;
  const prometheus = await get(`${base}/prometheus`, replica, options);
  if (prometheus !== null) return parsePrometheusText(prometheus);
  const [timer, failed] = await Promise.all([
    get(`${base}/metrics/http.server.requests`, replica, options),
    get(`${base}/metrics/http.server.requests?tag=outcome:SERVER_ERROR`, replica, options),
  ]);
  if (timer === null)
    throw new CrescendoError(
      'MetricsUnavailable',
      `${replica.name} has neither ${spec.basePath}/prometheus nor ${spec.basePath}/metrics/http.server.requests`,
    );
  return samplesOfTimer(timer, failed, replica.name);
};

/** The body, or `null` for 404. */
const get = async (url: string, replica: Replica, options: ScrapeOptions): Promise<string | null> => {
  try {
    const response = await options.fetch(url, { signal: withTimeLimit(options.timeoutMs, options.signal) });
    const body = await response.text();
    if (response.status === 404) return null;
    if (response.ok) return body;
    throw new CrescendoError('MetricsUnavailable', `${replica.name} answered ${response.status} to ${url}`);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof CrescendoError) throw error;
    throw new CrescendoError(
      'MetricsUnavailable',
      `${replica.name} did not answer: ${reasonOf(error, options)}`,
    );
  }
};

/** fetch hides what happened ("fetch failed") in its cause. */
const reasonOf = (error: unknown, { timeoutMs }: ScrapeOptions): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${timeoutMs} ms`;
  return error.cause instanceof Error ? error.cause.message : error.message;
};

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);
