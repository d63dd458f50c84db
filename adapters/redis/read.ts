import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import type { RedisReadings } from '../../domain/redis-readings.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import { pause } from '../abort.ts';
import { countKeys } from './eviction.ts';
import { numberIn, parseInfo } from './info.ts';

const pings = 20;

export interface ReadOptions {
  /** How long evictions are watched; they are unknown without it. */
  sampleMs?: number | undefined;
  signal?: AbortSignal;
}

/** What Redis says of itself: memory, evictions, hit ratio, latency of a ping, persistence, replicas. Runbook 3.4, "Symptoms". */
export async function readRedis(redis: Redis, options: ReadOptions = {}): Promise<RedisReadings> {
  const newlyEvictedKeys = await watchEvictions(redis, options);
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
    newlyEvictedKeys,
    expiringKeys: known(countKeys(info).expiring, 'redis'),
    replicas: replicasIn(info),
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

/** The counter only says what was ever evicted: it takes two looks to see it grow. */
async function watchEvictions(redis: Redis, { sampleMs, signal }: ReadOptions): Promise<Reading> {
  if (sampleMs === undefined) return unknown('nobody looked twice', 'redis');
  const look = async () => numberIn(parseInfo(await redis.info('stats')), 'evicted_keys');
  const before = await look();
  await pause(sampleMs, signal);
  const after = await look();
  if (before === undefined || after === undefined) return unknown('INFO has no evicted_keys', 'redis');
  // It began anew in between: a start, or CONFIG RESETSTAT.
  return known(after < before ? after : after - before, 'redis');
}

/** `slave0:ip=10.0.0.2,port=6379,state=online,offset=42,lag=0` */
const replicasIn = (info: Readonly<Record<string, string>>): NonNullable<RedisReadings['replicas']> => {
  const writtenBytes = numberIn(info, 'master_repl_offset') ?? 0;
  return Object.entries(info).flatMap(([name, said]) => {
    if (!/^slave\d+$/.test(name)) return [];
    const fields = Object.fromEntries(said.split(',').map((field) => field.split('=')));
    const { ip, port, state = 'unknown', offset = '0' } = fields as Record<string, string>;
    return [{ name: `${ip}:${port}`, state, lagBytes: Math.max(0, writtenBytes - Number(offset)) }];
  });
};

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
