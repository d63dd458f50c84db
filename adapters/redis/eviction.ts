import type { Redis } from 'ioredis';
import { numberIn, parseInfo } from './info.ts';

/** Memory against `maxmemory`, and what could go to make room. */
export interface Eviction {
  usedBytes: number;
  maxmemoryBytes: number;
  policy: string;
  /** Keys that the policy may evict. */
  evictable: number;
  isOver: boolean;
  /** Over it for good: every write is refused. */
  isStuck: boolean;
}

/** @param wanted settings that are not in force yet */
export async function readEviction(
  redis: Redis,
  wanted: Readonly<Record<string, string>> = {},
): Promise<Eviction> {
  const info = parseInfo(`${await redis.info('memory')}\r\n${await redis.info('keyspace')}`);
  const policy = wanted['maxmemory-policy'] ?? info['maxmemory_policy'] ?? 'noeviction';
  const maxmemoryBytes = Number(wanted['maxmemory'] ?? info['maxmemory'] ?? 0);
  // Buffers of replicas and of the append-only file evict nobody.
  const usedBytes = (numberIn(info, 'used_memory') ?? 0) - (numberIn(info, 'mem_not_counted_for_evict') ?? 0);
  const { keys, expiring } = countKeys(info);
  const evictable = policy === 'noeviction' ? 0 : policy.startsWith('volatile-') ? expiring : keys;
  const isOver = maxmemoryBytes > 0 && usedBytes > maxmemoryBytes;
  return { usedBytes, maxmemoryBytes, policy, evictable, isOver, isStuck: isOver && evictable === 0 };
}

/** `db0:keys=12,expires=3,avg_ttl=0`, of every database. */
export const countKeys = (info: Readonly<Record<string, string>>): { keys: number; expiring: number } => {
  const found = Object.entries(info).flatMap(([name, said]) => {
    const [, keys, expiring] = (/^db\d+$/.test(name) && /^keys=(\d+),expires=(\d+)/.exec(said)) || [];
    return keys === undefined ? [] : [{ keys: Number(keys), expiring: Number(expiring) }];
  });
  const sum = (field: 'keys' | 'expiring'): number => found.reduce((total, one) => total + one[field], 0);
  return { keys: sum('keys'), expiring: sum('expiring') };
};
