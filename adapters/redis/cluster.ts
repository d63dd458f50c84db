import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { slotCount, type ClusterLayout, type RedisNode } from '../../domain/redis-cluster.ts';
import type { ApplyOptions } from './change.ts';
import { parseInfo } from './info.ts';

/** Opens a connection to a node; the caller closes what it opened. */
export type NodeConnections = ReadonlyMap<string, Redis>;

export interface ClusterOptions extends ApplyOptions {
  timeoutMs: number;
}

/**
 * Makes one cluster of nodes that run with `cluster-enabled`: they meet, the masters get their slots, each replica follows its
 * master, and every node says `cluster_state:ok`. What an earlier attempt did is seen and left. Returns facts. Throws
 * ClusterNotFormed after the time, with what is missing.
 */
export async function formCluster(
  connections: NodeConnections,
  layout: ClusterLayout,
  options: ClusterOptions,
): Promise<string[]> {
  const nodes = layout.masters.flatMap(({ node, replicas }) => [node, ...replicas]);
  const until = Date.now() + options.timeoutMs;
  const waitUntil = (what: string, holds: () => Promise<boolean>) => poll(what, holds, until, options);

  await meet(connections, nodes);
  await waitUntil('every node to know every other', async () =>
    (await Promise.all(nodes.map((node) => knownNodes(connectionOf(connections, node))))).every(
      (count) => count === nodes.length,
    ),
  );
  for (const { node, firstSlot, lastSlot } of layout.masters)
    await giveSlots(connectionOf(connections, node), firstSlot, lastSlot);
  await waitUntil('the masters to share all slots', async () =>
    (await Promise.all(nodes.map((node) => assignedSlots(connectionOf(connections, node))))).every(
      (count) => count === slotCount,
    ),
  );
  for (const { node, replicas } of layout.masters) {
    const master = await idOf(connectionOf(connections, node));
    for (const replica of replicas) await follow(connectionOf(connections, replica), master);
  }
  await waitUntil('cluster_state:ok on every node, and every replica in sync', async () =>
    (await Promise.all(nodes.map((node) => isOk(connectionOf(connections, node))))).every(Boolean),
  );
  return layout.masters.map(
    ({ node, firstSlot, lastSlot, replicas }) =>
      `${node.name} has slots ${firstSlot} to ${lastSlot}, followed by ${replicas.map(({ name }) => name).join(', ')}`,
  );
}

const connectionOf = (connections: NodeConnections, { name }: RedisNode): Redis => {
  const redis = connections.get(name);
  if (redis === undefined) throw new CrescendoError('DatabaseUnavailable', `no connection to ${name}`);
  return redis;
};

const clusterInfo = async (redis: Redis): Promise<Record<string, string>> =>
  parseInfo(String(await redis.call('CLUSTER', 'INFO')));

const knownNodes = async (redis: Redis): Promise<number> =>
  Number((await clusterInfo(redis))['cluster_known_nodes']);

const assignedSlots = async (redis: Redis): Promise<number> =>
  Number((await clusterInfo(redis))['cluster_slots_assigned']);

const idOf = async (redis: Redis): Promise<string> => String(await redis.call('CLUSTER', 'MYID'));

async function meet(connections: NodeConnections, [first, ...rest]: readonly RedisNode[]): Promise<void> {
  if (first === undefined) return;
  const redis = connectionOf(connections, first);
  if ((await knownNodes(redis)) === rest.length + 1) return;
  for (const { host, port } of rest) await redis.call('CLUSTER', 'MEET', host, port);
}

/** Slots that the node has already are left out: Redis refuses to give them twice. */
async function giveSlots(redis: Redis, firstSlot: number, lastSlot: number): Promise<void> {
  const own = (await ownLine(redis)).split(' ').slice(8);
  if (own.includes(`${firstSlot}-${lastSlot}`)) return;
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot, lastSlot);
}

async function follow(redis: Redis, master: string): Promise<void> {
  const [, , , current] = (await ownLine(redis)).split(' ');
  if (current !== master) await redis.call('CLUSTER', 'REPLICATE', master);
}

/** `id address flags master ping pong epoch link slots...` of the node itself. */
async function ownLine(redis: Redis): Promise<string> {
  const lines = String(await redis.call('CLUSTER', 'NODES')).split('\n');
  return lines.find((line) => line.split(' ')[2]?.split(',').includes('myself')) ?? '';
}

async function isOk(redis: Redis): Promise<boolean> {
  const { cluster_state: state } = await clusterInfo(redis);
  if (state !== 'ok') return false;
  const { role, master_link_status: link } = parseInfo(await redis.info('replication'));
  return role === 'master' || link === 'up';
}

async function poll(
  what: string,
  holds: () => Promise<boolean>,
  until: number,
  { signal, onProgress }: ClusterOptions,
): Promise<void> {
  onProgress?.(`waiting for ${what}`);
  while (!(await holds())) {
    if (Date.now() > until) throw new CrescendoError('ClusterNotFormed', `waited in vain for ${what}`);
    await delay(100, undefined, signal === undefined ? {} : { signal });
  }
}
