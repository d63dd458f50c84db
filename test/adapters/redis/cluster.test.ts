import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formCluster } from '../../../adapters/redis/cluster.ts';
import { readLayout } from '../../../adapters/redis/cluster-layout.ts';
import { copyKeys } from '../../../adapters/redis/move-keys.ts';
import { proveKeys } from '../../../adapters/redis/prove-keys.ts';
import { readStanding } from '../../../adapters/redis/standing.ts';
import { layoutOf, type ClusterLayout } from '../../../domain/redis-cluster.ts';
import { waitFor } from '../../support/index.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';

const cluster = {
  'cluster-enabled': 'yes',
  'cluster-node-timeout': '2000',
  'cluster-config-file': 'nodes.conf',
};
let servers: RedisServer[];
let source: RedisServer;
let layout: ClusterLayout;
const connections = new Map<string, Redis>();

beforeAll(async () => {
  servers = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      startRedis({ ...cluster, 'cluster-announce-hostname': `redis-node-${index + 1}` }),
    ),
  );
  source = await startRedis();
  const nodes = servers.map(({ port }, index) => ({
    name: `redis-node-${index + 1}`,
    host: '127.0.0.1',
    port,
  }));
  for (const { name, host, port } of nodes) {
    const redis = new Redis(port, host);
    // Servers are stopped in here: what matters is what a command then says.
    redis.on('error', () => undefined);
    connections.set(name, redis);
  }
  layout = layoutOf(nodes);
}, 60_000);
afterAll(async () => {
  for (const redis of connections.values()) redis.disconnect();
  await Promise.all(
    [...(servers ?? []), ...(source === undefined ? [] : [source])].map((one) => one.close()),
  );
});

it('six nodes become three masters with a replica each, and forming them again changes nothing', async () => {
  const facts = await formCluster(connections, layout, { timeoutMs: 30_000 });
  expect(facts).toContain('redis-node-1 has slots 0 to 5460, followed by redis-node-4');
  expect(await formCluster(connections, layout, { timeoutMs: 10_000 })).toEqual(facts);
}, 60_000);

it('every key of a single server is copied with its time to live, twice is once', async () => {
  const redis = new Redis(source.url);
  const seeds = new Redis.Cluster(servers.map(({ port }) => ({ host: '127.0.0.1', port })));
  try {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 1_000; index += 1)
      pipeline.set(`session:${index}`, `value ${index}`, 'EX', 1_000);
    pipeline.hset('{user}:1', 'name', 'Ada');
    await pipeline.exec();
    expect(await copyKeys(redis, layout)).toBe(1_001);
    expect(await copyKeys(redis, layout)).toBe(1_001);
    const sizes = await Promise.all(seeds.nodes('master').map((node) => node.dbsize()));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_001);
    expect(await seeds.get('session:77')).toBe('value 77');
    expect(await seeds.ttl('session:77')).toBeGreaterThan(900);
    expect(await seeds.hgetall('{user}:1')).toEqual({ name: 'Ada' });
    await redis.set('came later', 'than the copy');
    await redis.hset('crescendo:probe:one', '1', '1');
    expect(await proveKeys(redis, layout, connections)).toEqual({ keys: 1_002, sent: 1, missing: 0 });
    expect(await proveKeys(redis, layout, connections)).toEqual({ keys: 1_002, sent: 0, missing: 0 });
    expect(await seeds.get('came later')).toBe('than the copy');
    expect(await seeds.exists('crescendo:probe:one')).toBe(0);
  } finally {
    redis.disconnect();
    seeds.disconnect();
  }
}, 60_000);

it('after a fail-over the layout is what the nodes say, not what was planned', async () => {
  const [, , , replica] = [...connections.values()];
  await replica?.call('CLUSTER', 'FAILOVER');
  await waitFor(
    async () => {
      const [first] = [...connections.values()];
      const { masters } = await readLayout(first as Redis);
      return masters.some(({ node }) => node.name === 'redis-node-4') || undefined;
    },
    { timeoutMs: 20_000, what: 'redis-node-4 a master' },
  );
  // Forming it again takes nothing back.
  const facts = await formCluster(connections, layout, { timeoutMs: 20_000 });
  expect(facts).toContain('redis-node-4 has slots 0 to 5460, followed by redis-node-1');
}, 60_000);

it('nodes that came back when nobody knows an address any more meet again, and each replica follows its master', async () => {
  await Promise.all(servers.map((server) => server.stop()));
  for (const { folder } of servers) {
    const file = join(folder, 'nodes.conf');
    const remembered = await readFile(file, 'utf8');
    await writeFile(file, remembered.replaceAll(/127\.0\.0\.1:\d+@\d+/g, '127.0.0.1:1@2'));
  }
  await Promise.all(servers.map((server) => server.start()));
  const facts = await formCluster(connections, layout, { timeoutMs: 20_000 });
  expect(facts).toHaveLength(3);
  for (const redis of connections.values())
    expect(await redis.info('replication')).not.toContain('master_link_status:down');
}, 90_000);

it('says whether the single server asks for a password, and in which databases it has keys', async () => {
  const redis = new Redis(source.url);
  try {
    await redis.select(3);
    await redis.set('elsewhere', '1');
    expect(await readStanding(redis, source.url)).toMatchObject({
      hasPassword: false,
      port: source.port,
      keysByDatabase: { 3: 1 },
    });
    expect(await readStanding(redis, 'redis://:secret@localhost:6379')).toMatchObject({ hasPassword: true });
  } finally {
    redis.disconnect();
  }
});
