import { Redis } from 'ioredis';
import type { DatabaseProbe, OpenProbe } from '../database-probe.ts';

const connectTimeoutMs = 250;
const commandTimeoutMs = 1_000;
/** Reads of a count go over more than one write does. */
const atOnce = 1_000;

/** Keys of probes begin with it. */
export const probePrefix = 'crescendo:probe:';

/** One field of the hash `crescendo:probe:<id>` for each write. Where Redis evicts keys that hash may go too: then its writes count as missing. */
export const redisProbe: OpenProbe = (url, probeId): DatabaseProbe => {
  const key = `${probePrefix}${probeId}`;
  let open: Redis | undefined;

  const connected = async (): Promise<Redis> => {
    if (open !== undefined) return open;
    const redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandTimeoutMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    redis.on('error', () => undefined);
    redis.on('end', () => {
      if (open === redis) open = undefined;
    });
    try {
      await redis.connect();
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    open = redis;
    return redis;
  };

  const using = async <T>(work: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = await connected();
    try {
      return await work(redis);
    } catch (error) {
      if (open === redis) open = undefined;
      redis.disconnect();
      throw error;
    }
  };

  return {
    prepare: () => using(async (redis) => void (await redis.ping())),
    write: (sequence) => using(async (redis) => void (await redis.hset(key, String(sequence), '1'))),
    read: () => using(async (redis) => void (await redis.hlen(key))),
    highest: () =>
      using(async (redis) =>
        (await redis.hkeys(key)).reduce((most, field) => Math.max(most, Number(field)), 0),
      ),
    missing: (acknowledged) =>
      using(async (redis) => {
        let missing = 0;
        for (const [first, last] of acknowledged)
          for (let from = first; from <= last; from += atOnce) {
            const to = Math.min(last, from + atOnce - 1);
            const fields = Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
            const found = await redis.hmget(key, ...fields);
            missing += found.filter((value) => value === null).length;
          }
        return missing;
      }),
    remove: () => using(async (redis) => void (await redis.del(key))),
    close: async () => open?.disconnect(),
  };
};
