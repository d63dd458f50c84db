import { rm } from 'node:fs/promises';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applySettings } from '../../../adapters/redis/change.ts';
import { withRedis } from '../../../adapters/redis/connect.ts';
import { readRedis, readSettings } from '../../../adapters/redis/read.ts';
import { valueOf } from '../../../domain/reading.ts';
import { keepEverything, saveInBackground } from '../../../adapters/redis/snapshot.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({ maxmemory: '64mb' });
});
afterAll(() => server?.close());

describe('the settings of a Redis', () => {
  it('are changed live, waited for and read back', async () => {
    const wanted = { maxmemory: '134217728', 'maxmemory-policy': 'allkeys-lru', save: '', appendonly: 'yes' };
    const facts = await withRedis(server.url, (redis) => applySettings(redis, wanted));
    expect(facts).toContain('maxmemory 67108864 -> 134217728');
    expect(await withRedis(server.url, (redis) => readSettings(redis, Object.keys(wanted)))).toEqual(wanted);
  });

  it('that are there already are left alone', async () => {
    expect(await withRedis(server.url, (redis) => applySettings(redis, { save: '' }))).toEqual([
      'every setting is as wanted already',
    ]);
  });

  it('that Redis refuses are an error that names the setting', async () => {
    await expect(
      withRedis(server.url, (redis) => applySettings(redis, { 'maxmemory-policy': 'allkeys-oldest' })),
    ).rejects.toMatchObject({ type: 'SettingRejected', details: { name: 'maxmemory-policy' } });
  });

  it('with less memory than is used are in force when the keys above it are evicted', async () => {
    await withRedis(server.url, async (redis) => {
      const value = 'x'.repeat(64 * 1024);
      const pipeline = redis.pipeline();
      for (let index = 0; index < 400; index += 1) pipeline.set(`key:${index}`, value);
      await pipeline.exec();
      const { usedMemoryBytes } = await readRedis(redis);
      const limit = Math.round((valueOf(usedMemoryBytes) ?? 0) * 0.7);
      await applySettings(redis, { maxmemory: String(limit) });
      const after = await readRedis(redis);
      expect(valueOf(after.usedMemoryBytes)).toBeLessThanOrEqual(limit);
      expect(valueOf(after.evictedKeys)).toBeGreaterThan(0);
      expect(after.keys).toBeLessThan(400);
      await redis.flushall();
    });
  });
});

describe('a maxmemory below what is used', () => {
  const rejected = { type: 'SettingRejected', details: { name: 'maxmemory' } };
  /** Keys of 64 KiB, the first ones with a time to live; and what they take. */
  const fill = async (redis: Redis, keys: number, expiring: number): Promise<number> => {
    await redis.flushall();
    await applySettings(redis, { 'maxmemory-policy': 'allkeys-lru', maxmemory: '134217728' });
    const pipeline = redis.pipeline();
    for (let index = 0; index < keys; index += 1) pipeline.set(`key:${index}`, 'x'.repeat(64 * 1024));
    for (let index = 0; index < expiring; index += 1) pipeline.expire(`key:${index}`, 3_600);
    await pipeline.exec();
    return valueOf((await readRedis(redis)).usedMemoryBytes) ?? 0;
  };

  it.each(['noeviction', 'volatile-lru'])(
    'is not set with %s, which has nothing to evict',
    async (policy) => {
      await withRedis(server.url, async (redis) => {
        const used = await fill(redis, 200, 0);
        const wanted = { maxmemory: String(Math.round(used * 0.7)), 'maxmemory-policy': policy };
        await expect(applySettings(redis, wanted)).rejects.toMatchObject(rejected);
        expect(await readSettings(redis, Object.keys(wanted))).toEqual({
          maxmemory: '134217728',
          'maxmemory-policy': 'allkeys-lru',
        });
        expect(await redis.set('one more', 'x')).toBe('OK');
      });
    },
  );

  it('is an error, and no wait without an end, when the keys that may go are too few', async () => {
    await withRedis(server.url, async (redis) => {
      const used = await fill(redis, 200, 20);
      const wanted = { maxmemory: String(Math.round(used * 0.5)), 'maxmemory-policy': 'volatile-lru' };
      await expect(applySettings(redis, wanted)).rejects.toMatchObject(rejected);
    });
  });
});

describe('what Redis says of itself', () => {
  it('has evictions of now apart from those of ever', async () => {
    await withRedis(server.url, async (redis) => {
      const quiet = await readRedis(redis, { sampleMs: 50 });
      expect(valueOf(quiet.newlyEvictedKeys)).toBe(0);
      expect(valueOf(quiet.evictedKeys)).toBeGreaterThan(0);
      expect((await readRedis(redis)).newlyEvictedKeys?.known).toBe(false);
      await applySettings(redis, { maxmemory: '16777216', 'maxmemory-policy': 'allkeys-lru' });
      const watched = withRedis(server.url, (other) => readRedis(other, { sampleMs: 1_000 }));
      const pipeline = redis.pipeline();
      for (let index = 0; index < 600; index += 1) pipeline.set(`new:${index}`, 'x'.repeat(64 * 1024));
      await pipeline.exec();
      expect(valueOf((await watched).newlyEvictedKeys)).toBeGreaterThan(0);
    });
  });

  it('has its replicas, and how far each is behind', async () => {
    const replica = await startRedis({ replicaof: `127.0.0.1 ${server.port}` });
    try {
      const online = async () => (await withRedis(server.url, (redis) => readRedis(redis))).replicas;
      await expect.poll(online, { timeout: 15_000 }).toMatchObject([{ state: 'online' }]);
      await expect
        .poll(async () => (await online())?.[0]?.lagBytes, { timeout: 15_000 })
        .toBeLessThan(1_000_000);
    } finally {
      await replica.close();
    }
  });
});

describe('before a stop', () => {
  it.each(['no', 'yes'])(
    'everything is kept with appendonly %s, what is written last too',
    async (appendonly) => {
      const kept = await startRedis({ appendonly });
      try {
        await withRedis(kept.url, async (redis) => {
          await redis.set('before', '1');
          await keepEverything(redis);
          await redis.set('last', '2');
        });
        await kept.stop();
        await kept.start();
        const values = await withRedis(kept.url, (redis) => redis.mget('before', 'last'));
        expect(values).toEqual(['1', '2']);
      } finally {
        await kept.close();
      }
    },
  );

  it('both files are complete where the one that comes reads the one and the one that may come back the other', async () => {
    const old = await startRedis();
    try {
      const folder = await withRedis(old.url, async (redis) => {
        await redis.set('before', '1');
        await keepEverything(redis, { storedAs: ['appendOnlyFile', 'snapshot'], stopGraceMs: 30_000 });
        await redis.set('last', '2');
        return (await readSettings(redis, ['dir']))['dir'] ?? '';
      });
      await old.stop();
      const next = await startRedis({ dir: folder, appendonly: 'yes' });
      expect(await withRedis(next.url, (redis) => redis.mget('before', 'last'))).toEqual(['1', '2']);
      await withRedis(next.url, (redis) => keepEverything(redis, { storedAs: ['snapshot'] }));
      await withRedis(next.url, (redis) => redis.set('of the next', '3'));
      await next.stop();
      await old.start();
      const back = await withRedis(old.url, (redis) => redis.mget('before', 'last', 'of the next'));
      expect(back).toEqual(['1', '2', '3']);
      await next.close();
    } finally {
      await old.close();
    }
  });

  it('a snapshot keeps nobody waiting, follows one that is under way, and says when it cannot be written', async () => {
    await withRedis(server.url, async (redis) => {
      await redis.bgsave();
      const savedAt = await redis.lastsave();
      await saveInBackground(redis);
      expect(await redis.lastsave()).toBeGreaterThanOrEqual(savedAt);
      const { dir = '' } = await readSettings(redis, ['dir']);
      await rm(dir, { recursive: true });
      await expect(saveInBackground(redis)).rejects.toMatchObject({ type: 'PreparationFailed' });
    });
  });
});

it('a Redis that is not there is an error that can be tried again, and keeps the password', async () => {
  await server.stop();
  const gone = withRedis(`redis://:hush@127.0.0.1:${server.port}`, (redis) => redis.ping());
  await expect(gone).rejects.toMatchObject({ type: 'DatabaseUnavailable', retryable: true });
  await expect(gone).rejects.not.toThrow(/hush/);
});
