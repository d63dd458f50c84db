import Dockerode from 'dockerode';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { ComposePlatformSpec } from '../../domain/catalog.ts';

/** Labels by which Compose knows its containers, and those by which a retry of ours knows its own work. */
export const labels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  configHash: 'com.docker.compose.config-hash',
  oneOff: 'com.docker.compose.oneoff',
  /** Set on a container that Compose put in another's place; the copy of it replaces nothing. */
  replaces: 'com.docker.compose.replace',
  operationId: 'crescendo.operation-id',
  fencingToken: 'crescendo.fencing-token',
} as const;

/** One engine and the Compose project on it. */
export interface Engine {
  docker: Dockerode;
  spec: ComposePlatformSpec;
  /** Highest fencing token this process has seen, by service. */
  seenTokens: Map<string, number>;
}

export const openEngine = (spec: ComposePlatformSpec): Engine => ({
  docker: new Dockerode(spec.socketPath === undefined ? {} : { socketPath: spec.socketPath }),
  spec,
  seenTokens: new Map(),
});

const connectionErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'EACCES',
  'ETIMEDOUT',
  'ECONNABORTED',
]);

/**
 * Runs one call of the Engine API. A connection that fails becomes PlatformUnavailable, which is tried again; a call
 * that ended because of `signal` throws the signal's reason. Hand the request `abortable(signal)` to end it too.
 */
export async function call<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw asUnavailable(error);
  }
}

/** The option by which dockerode ends a request. Each gets a signal of its own: dozens may listen to the caller's one. */
export const abortable = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
  signal === undefined ? {} : { abortSignal: AbortSignal.any([signal]) };

function isConnectionError(error: unknown): error is Error {
  const { code, message } = error as { code?: string; message?: string };
  return (code !== undefined && connectionErrors.has(code)) || /socket hang up/.test(message ?? '');
}

/** A connection that failed as PlatformUnavailable, any other error as it is. For streams, which end after their call. */
export function asUnavailable(error: unknown): unknown {
  if (!isConnectionError(error)) return error;
  return new CrescendoError('PlatformUnavailable', `the Docker engine does not answer: ${error.message}`, {
    code: (error as { code?: string }).code,
  });
}

/** The HTTP status of an Engine API error, e.g. 404, 409, 304. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** Waits for a call and takes the named statuses as success: what was asked for is so already. */
export async function settled(
  work: () => Promise<unknown>,
  statuses: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  try {
    await call(work, signal);
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}
