import Dockerode from 'dockerode';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { ComposePlatformSpec } from '../../domain/catalog.ts';

/** Labels by which Compose knows its containers, and those by which a retry of ours knows its own work. */
export const labels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
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

/** Runs one call of the Engine API. A connection that fails becomes PlatformUnavailable, which is tried again. */
export async function call<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    const lost = (code !== undefined && connectionErrors.has(code)) || /socket hang up/.test(message ?? '');
    if (!lost) throw error;
    throw new CrescendoError('PlatformUnavailable', `the Docker engine does not answer: ${message}`, {
      code,
    });
  }
}

/** The HTTP status of an Engine API error, e.g. 404, 409, 304. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;
