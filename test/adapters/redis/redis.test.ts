import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applySettings } from '../../../adapters/redis/change.ts';
import { withRedis } from '../../../adapters/redis/connect.ts';
import { readRedis, readSettings } from '../../../adapters/redis/read.ts';
import { valueOf } from '../../../domain/reading.ts';
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
    });
  });
});

it('a Redis that is not there is an error that can be tried again, and keeps the password', async () => {
  await server.stop();
  const gone = withRedis(`redis://:hush@127.0.0.1:${server.port}`, (redis) => redis.ping());
  await expect(gone).rejects.toMatchObject({ type: 'DatabaseUnavailable', retryable: true });
  await expect(gone).rejects.not.toThrow(/hush/);
});
