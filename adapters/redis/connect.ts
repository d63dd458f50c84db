import { Redis } from 'ioredis';
import { CrescendoError } from '../../domain/crescendo-error.ts';

const connectTimeoutMs = 3_000;
const commandTimeoutMs = 10_000;

/**
 * Runs the work with one connection of its own to the server behind the URL and lets go of it. Nothing is tried again in
 * here: a retry is Temporal's. Throws DatabaseUnavailable, which never names the URL, since that may hold a password.
 */
export async function withRedis<T>(
  url: string,
  work: (redis: Redis) => Promise<T>,
  options: { commandTimeoutMs?: number } = {},
): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    commandTimeout: options.commandTimeoutMs ?? commandTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Reported where it is awaited: without a listener the process would end.
  redis.on('error', () => undefined);
  try {
    await redis.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    return await work(redis);
  } catch (error) {
    if (isConnectionLoss(error)) throw unavailable(error);
    throw error;
  } finally {
    redis.disconnect();
  }
}

const lossPattern = /Connection is closed|ECONN|EPIPE|ETIMEDOUT|Command timed out|Socket closed|LOADING/;

const isConnectionLoss = (error: unknown): boolean =>
  error instanceof Error && !(error instanceof CrescendoError) && lossPattern.test(error.message);

const unavailable = (error: unknown): CrescendoError =>
  new CrescendoError(
    'DatabaseUnavailable',
    `Redis does not answer: ${error instanceof Error ? error.message : String(error)}`,
  );
