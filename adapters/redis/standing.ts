import type { Redis } from 'ioredis';
import type { RedisClusterSeen } from '../../domain/redis-cluster-seen.ts';
import { parseInfo } from './info.ts';
import { readSettings } from './read.ts';

/** What a cluster beside it would have to be like, and what it could not take. The password itself stays here. */
export async function readStanding(
  redis: Redis,
  url: string,
): Promise<Pick<RedisClusterSeen, 'hasPassword' | 'dataFolder' | 'port' | 'keysByDatabase'>> {
  const {
    dir = '/data',
    port = '6379',
    requirepass = '',
  } = await readSettings(redis, ['dir', 'port', 'requirepass']);
  return {
    hasPassword: requirepass !== '' || new URL(url).password !== '',
    dataFolder: dir,
    port: Number(port),
    keysByDatabase: keysOf(parseInfo(await redis.info('keyspace'))),
  };
}

/** `db0: keys=12,expires=3,avg_ttl=0` */
const keysOf = (keyspace: Readonly<Record<string, string>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(keyspace).flatMap(([name, said]) => {
      const [, keys] = /^keys=(\d+)/.exec(said) ?? [];
      return name.startsWith('db') && keys !== undefined ? [[name.slice(2), Number(keys)]] : [];
    }),
  );
