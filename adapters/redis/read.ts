import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import type { RedisReadings } from '../../domain/redis-readings.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import { numberIn, parseInfo } from './info.ts';

const pings = 20;

/** What Redis says of itself: memory, evictions, hit ratio, latency of a ping, persistence. Runbook 3.4, "Symptoms". */
export async function readRedis(redis: Redis): Promise<RedisReadings> {
  const [text, settings, keys, latencyMs] = [
    await redis.info(),
    await readSettings(redis, ['maxmemory', 'maxmemory-policy', 'save', 'appendonly']),
    await redis.dbsize(),
    await latencyOf(redis),
  ];
  const info = parseInfo(text);
  const reading = (field: string): Reading => {
    const value = numberIn(info, field);
    return value === undefined ? unknown(`INFO has no ${field}`, 'redis') : known(value, 'redis');
  };
  return {
    version: info['redis_version'] ?? 'unknown',
    mode: info['redis_mode'] ?? 'unknown',
    hasConfigFile: (info['config_file'] ?? '') !== '',
    settings,
    keys,
    usedMemoryBytes: reading('used_memory'),
    evictedKeys: reading('evicted_keys'),
    hitRatio: hitRatioOf(numberIn(info, 'keyspace_hits'), numberIn(info, 'keyspace_misses')),
    latencyMs: known(latencyMs, 'redis'),
  };
}

/** The settings as CONFIG GET gives them; one that this server does not know is left out. */
export async function readSettings(redis: Redis, names: readonly string[]): Promise<Record<string, string>> {
  const answers = await Promise.all(names.map((name) => redis.config('GET', name)));
  return Object.fromEntries(
    answers.flatMap(([name, value]) => (name === undefined || value === undefined ? [] : [[name, value]])),
  );
}

const hitRatioOf = (hits: number | undefined, misses: number | undefined): Reading => {
  if (hits === undefined || misses === undefined) return unknown('INFO has no keyspace_hits', 'redis');
  if (hits + misses === 0) return unknown('nothing was read yet', 'redis');
  return known(hits / (hits + misses), 'redis');
};

/** P95 of a few pings, one after the other, as an application would feel it. */
async function latencyOf(redis: Redis): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < pings; count += 1) {
    const startedAt = performance.now();
    await redis.ping();
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[Math.ceil(pings * 0.95) - 1] ?? 0;
}
