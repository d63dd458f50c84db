import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../domain/catalog.ts';
import { planRedisCluster, type RedisClusterPlanInput } from '../../domain/plan-redis-cluster.ts';
import { needsWord } from '../../domain/plan-resize.ts';
import { areClusterNodes, type RedisClusterSeen } from '../../domain/redis-cluster-seen.ts';
import { clusterCommand, clusterNodesOf } from '../../domain/redis-cluster-steps.ts';
import type { RedisReadings } from '../../domain/redis-readings.ts';
import { renderPlan } from '../../domain/render.ts';
import { undoPlan } from '../../domain/undo.ts';
import { reading } from './builders.ts';

const GIB = 2 ** 30;

const catalog: Catalog = {
  environment: 'shop',
  platform: { kind: 'simulated', seed: 1 },
  databases: {
    cache: {
      kind: 'redis',
      service: 'redis',
      url: 'env:REDIS',
      dependants: ['api-gateway', 'router-service'],
      stopGraceMs: 30_000,
    },
  },
  services: {},
  emergency: { steps: [] },
};

const readings: RedisReadings = {
  version: '7.0.15',
  mode: 'standalone',
  hasConfigFile: false,
  settings: { maxmemory: String(2 * GIB) },
  keys: 1_000,
  usedMemoryBytes: reading(1.9 * GIB),
  evictedKeys: reading(12),
  newlyEvictedKeys: reading(12),
  hitRatio: reading(0.9),
  latencyMs: reading(1),
};

const calm: RedisReadings = { ...readings, usedMemoryBytes: reading(GIB), newlyEvictedKeys: reading(0) };
const nodes = clusterNodesOf('redis');
const nodeServices = Object.fromEntries(
  nodes.map((name) => [name, clusterCommand(['redis-server'], name)] as const),
);
const stands: Partial<RedisClusterSeen> = {
  taken: { services: nodeServices, volumes: nodes.map((name) => `${name}-data`) },
  clusterState: 'ok',
};

const planOf = ({
  container,
  seen,
  ...more
}: {
  container?: Partial<RedisClusterPlanInput['container']>;
  seen?: Partial<RedisClusterSeen>;
} & Partial<Omit<RedisClusterPlanInput, 'container' | 'seen'>> = {}) =>
  planRedisCluster({
    catalog,
    catalogHash: 'hash',
    observedAtMs: Date.UTC(2026, 10, 24, 14, 15),
    database: 'cache',
    container: {
      name: 'shop-redis',
      service: 'redis',
      command: ['redis-server', '--maxmemory', '2gb'],
      limits: { cpus: 1, memoryBytes: 2 * GIB },
      isOutdated: false,
      cpuOfLimit: reading(0.2),
      memoryOfLimit: reading(0.5),
      memoryBytes: reading(GIB),
      host: { cpus: 8, memoryBytes: 64 * GIB, availableMemoryBytes: reading(32 * GIB) },
      diskFreeBytes: reading(100 * GIB),
      ...container,
    },
    readings,
    seen: {
      hasPassword: false,
      dataFolder: '/data',
      port: 6379,
      keysByDatabase: { '0': 1_000 },
      taken: { services: {}, volumes: [] },
      ...seen,
    },
    nodes,
    copyAgain: false,
    ...more,
  });

const rules = (plan: ReturnType<typeof planOf>): string[] => plan.refusals.map(({ rule }) => rule);
const kinds = (plan: ReturnType<typeof planOf>): string[] =>
  plan.steps.flatMap(({ operations }) => operations.map(({ kind }) => kind));

describe('one Redis that stands', () => {
  it('gets six nodes beside it, which become a cluster and take a copy of its keys; it does not stop', () => {
    const plan = planOf();
    expect(plan.refusals).toEqual([]);
    expect(kinds(plan)).toEqual(['addServices', 'formRedisCluster', 'copyRedisKeys']);
    expect(plan.downtime).toBeUndefined();
    expect(plan.finding).toContain('1000 keys');
  });

  it('gives each node its settings, a name of its own, and data of its own', () => {
    const [add] = planOf().steps[0]?.operations ?? [];
    expect(add).toMatchObject({
      added: {
        'redis-node-6': {
          like: 'redis',
          containerName: 'shop-redis-node-6',
          command: [
            'redis-server',
            '--maxmemory',
            '2gb',
            '--cluster-enabled',
            'yes',
            '--cluster-config-file',
            'nodes.conf',
            '--cluster-node-timeout',
            '5000',
            '--cluster-announce-hostname',
            'redis-node-6',
            '--cluster-preferred-endpoint-type',
            'hostname',
          ],
          volumes: { 'redis-node-6-data': '/data' },
        },
      },
    });
  });

  it('is as it was after an undo, which can be said of each step', () => {
    const plan = planOf();
    expect(plan.steps.every(({ undoable }) => undoable)).toBe(true);
    const undo = undoPlan(plan.steps.flatMap(({ operations }) => operations));
    expect(undo.map(({ kind }) => kind)).toEqual(['copyRedisKeys', 'formRedisCluster', 'removeServices']);
  });

  it('names its symptoms as the cause, and asks where there are none', () => {
    expect(planOf().steps[0]?.causes.map(({ rule }) => rule)).toEqual(['redis.maxmemory', 'redis.evictions']);
    expect(needsWord(planOf())).toBe(false);
    expect(needsWord(planOf({ readings: calm }))).toBe(true);
  });

  it('says what clients need, and that later writes are not in the cluster', () => {
    const text = renderPlan(planOf());
    expect(text).toContain('REDIS_CLUSTER_NODES=redis-node-1:6379,');
    expect(text).toContain('api-gateway, router-service');
    expect(text).toContain('copyAgain');
  });
});

describe('a cluster that stands', () => {
  it('is left as it is, and its keys are not written over without a word', () => {
    const plan = planOf({ seen: stands });
    expect(plan.steps).toEqual([]);
    expect(plan.notes.map(({ rule }) => rule)).toContain('redis-cluster.no-copy');
  });

  it('takes the keys once more when told so, which cannot be undone', () => {
    const plan = planOf({ seen: stands, copyAgain: true });
    expect(kinds(plan)).toEqual(['copyRedisKeys']);
    expect(plan.steps[0]?.undoable).toBe(false);
    expect(plan.notes.map(({ rule }) => rule)).toContain('redis-cluster.replaces');
  });

  it('is formed again where its nodes do not know each other any more, without a copy', () => {
    const plan = planOf({ seen: { ...stands, clusterState: 'cluster_state: redis-node-1 fail' } });
    expect(kinds(plan)).toEqual(['formRedisCluster']);
  });

  it('is one only where every node was started as such', () => {
    expect(areClusterNodes({ services: nodeServices, volumes: [] }, nodes)).toBe(true);
    const one = { ...nodeServices, 'redis-node-4': ['redis-server'] };
    expect(areClusterNodes({ services: one, volumes: [] }, nodes)).toBe(false);
    expect(areClusterNodes({ services: {}, volumes: [] }, nodes)).toBe(false);
  });
});

describe('what is refused', () => {
  it.each([
    [
      'a server that is in a cluster itself',
      { readings: { ...readings, mode: 'cluster' } },
      'redis-cluster.mode',
    ],
    ['a password', { seen: { hasPassword: true } }, 'redis-cluster.password'],
    ['keys in other databases', { seen: { keysByDatabase: { '0': 1, '3': 2 } } }, 'redis-cluster.databases'],
    ['a file that has changed since', { container: { isOutdated: true } }, 'compose-file.drift'],
    ['an odd number of nodes', { nodes: nodes.slice(1) }, 'redis-cluster.count'],
    ['a name twice', { nodes: [...nodes.slice(0, 5), 'redis-node-1'] }, 'redis-cluster.name-twice'],
    ['the name of the server itself', { nodes: ['redis', ...nodes.slice(1)] }, 'redis-cluster.name-twice'],
    [
      'a name that is taken',
      { seen: { taken: { services: { 'redis-node-2': null }, volumes: [] } } },
      'redis-cluster.name-taken',
    ],
    [
      'a volume that is there',
      { seen: { taken: { services: {}, volumes: ['redis-node-2-data'] } } },
      'redis-cluster.volume-taken',
    ],
    [
      'six times more memory than there is',
      { container: { limits: { memoryBytes: 6 * GIB } } },
      'redis-cluster.memory',
    ],
    [
      'a disk without room for two copies of the keys',
      { container: { diskFreeBytes: reading(2 * GIB) } },
      'redis-cluster.disk',
    ],
  ])('%s', (_, more, rule) => {
    const plan = planOf(more);
    expect(rules(plan)).toContain(rule);
    expect(plan.steps).toEqual([]);
    expect(plan.refusals.every(({ remedy }) => remedy !== '')).toBe(true);
  });
});
