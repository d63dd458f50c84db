import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryRefusals } from '../../domain/memory-guard.ts';
import { cacheRefusals, defaultCacheBytes, mongodbSymptoms } from '../../domain/mongodb-rules.ts';
import { known, unknown } from '../../domain/reading.ts';
import { layoutOf, masterOfSlot, slotCount } from '../../domain/redis-cluster.ts';
import { maxmemoryRefusals, redisSymptoms } from '../../domain/redis-rules.ts';
import type { RedisReadings } from '../../domain/redis-readings.ts';

const G = 2 ** 30;
const redis = (more: Partial<RedisReadings> = {}): RedisReadings => ({
  version: '7.0.15',
  mode: 'standalone',
  hasConfigFile: false,
  settings: { maxmemory: String(2 * G) },
  keys: 10,
  usedMemoryBytes: known(1 * G, 'redis'),
  evictedKeys: known(12, 'redis'),
  newlyEvictedKeys: known(0, 'redis'),
  hitRatio: known(0.9, 'redis'),
  latencyMs: known(0.3, 'redis'),
  ...more,
});
const fired = (results: { rule: string; fired: unknown }[]) =>
  results.filter((result) => result.fired === true).map(({ rule }) => rule);

describe('the symptoms of a Redis', () => {
  it('are none while memory and latency are fine and nothing is evicted now, whatever was long ago', () => {
    expect(fired(redisSymptoms(redis(), known(0.5, 'stats')))).toEqual([]);
  });

  it('are those of the runbook: memory above 80 %, evictions, operations above 10 ms', () => {
    const full = redis({
      usedMemoryBytes: known(1.7 * G, 'redis'),
      newlyEvictedKeys: known(12, 'redis'),
      latencyMs: known(14, 'redis'),
    });
    const rules = ['redis.maxmemory', 'redis.memory', 'redis.evictions', 'redis.latency'];
    expect(fired(redisSymptoms(full, known(0.85, 'stats')))).toEqual(rules);
  });

  it('that could not be read are unknown, and no reason to act', () => {
    const blind = redis({ settings: {}, newlyEvictedKeys: unknown('no INFO', 'redis') });
    const results = redisSymptoms(blind, unknown('no stats', 'stats'));
    expect(fired(results)).toEqual([]);
    expect(results.filter(({ fired }) => fired === 'unknown')).toHaveLength(3);
  });
});

describe('numbers that would kill', () => {
  it('the 3.5 GB of the runbook fit into 4 GB, all 4 do not, and neither does no limit', () => {
    expect(maxmemoryRefusals(3.5 * G, 4 * G)).toEqual([]);
    expect(maxmemoryRefusals(4 * G, 4 * G)).toMatchObject([{ path: 'maxmemoryBytes' }]);
    expect(maxmemoryRefusals(0, 4 * G)).toHaveLength(1);
  });

  it("MongoDB's own cache always fits the container it is made for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 320 * 2 ** 20, max: 512 * G }), (memory) => {
        expect(cacheRefusals(defaultCacheBytes(memory), memory)).toEqual([]);
      }),
    );
    expect(defaultCacheBytes(8 * G)).toBe(3.5 * G);
  });

  const asked = { path: 'memoryBytes', service: 'redis', nowBytes: 2 * G };
  it('more than the host has left is refused, and so is less than is in use', () => {
    expect(memoryRefusals({ ...asked, wantedBytes: 4 * G, usedBytes: 1 * G, hostFreeBytes: 3 * G })).toEqual(
      [],
    );
    expect(
      memoryRefusals({ ...asked, wantedBytes: 4 * G, usedBytes: 1 * G, hostFreeBytes: 2 * G }),
    ).toMatchObject([{ rule: 'memory.host' }]);
    expect(
      memoryRefusals({ ...asked, wantedBytes: 1 * G, usedBytes: 1.5 * G, hostFreeBytes: 2 * G }),
    ).toMatchObject([{ rule: 'memory.in-use' }]);
  });

  it('what is unknown stops the way down only', () => {
    const blind = { usedBytes: undefined, hostFreeBytes: undefined };
    expect(memoryRefusals({ ...asked, ...blind, wantedBytes: 4 * G })).toEqual([]);
    expect(memoryRefusals({ ...asked, ...blind, wantedBytes: 1 * G })).toMatchObject([
      { rule: 'memory.use-unknown' },
    ]);
  });
});

it('connections, CPU and slow operations are the symptoms of a MongoDB', () => {
  const readings = {
    version: '7.0',
    connections: { current: 900, available: 100 },
    poolUtilization: known(0.9, 'mongodb'),
    cacheMaxBytes: known(G, 'mongodb'),
    cacheUsedBytes: known(G, 'mongodb'),
    slowOperations: known(3, 'mongodb'),
  };
  expect(fired(mongodbSymptoms(readings, known(0.9, 'stats')))).toEqual([
    'mongodb.cpu',
    'mongodb.connections',
    'mongodb.slow',
  ]);
});

describe('the layout of a cluster', () => {
  const nodes = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `n${index}`, host: 'h', port: index }));

  it('of six nodes is three masters with a replica each', () => {
    const { masters } = layoutOf(nodes(6));
    expect(masters.map(({ node, replicas }) => [node.name, ...replicas.map(({ name }) => name)])).toEqual([
      ['n0', 'n3'],
      ['n1', 'n4'],
      ['n2', 'n5'],
    ]);
  });

  it('gives every slot to exactly one master, evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 20 }), fc.nat(slotCount - 1), (masters, slot) => {
        const layout = layoutOf(nodes(2 * masters));
        const owners = layout.masters.filter(
          ({ firstSlot, lastSlot }) => slot >= firstSlot && slot <= lastSlot,
        );
        expect(owners.map(({ node }) => node)).toEqual([masterOfSlot(layout, slot)]);
        const sizes = layout.masters.map(({ firstSlot, lastSlot }) => lastSlot - firstSlot + 1);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('of too few nodes is refused', () => {
    expect(() => layoutOf(nodes(4))).toThrow(/3 or more masters/);
  });
});
