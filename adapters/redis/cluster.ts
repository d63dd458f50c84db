import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { slotCount, type ClusterLayout, type RedisNode } from '../../domain/redis-cluster.ts';
import type { ApplyOptions } from './change.ts';
import { clusterInfo, layoutFacts, readClusterNodes, readLayout } from './cluster-layout.ts';
import { parseInfo } from './info.ts';

/** Opens a connection to a node; the caller closes what it opened. */
export type NodeConnections = ReadonlyMap<string, Redis>;

export interface ClusterOptions extends ApplyOptions {
  timeoutMs: number;
}

/**
 * Makes one cluster of nodes that run with `cluster-enabled`: they meet, the masters get their slots, each replica follows its
 * master, and every node says `cluster_state:ok`. What an earlier attempt did is seen and left; nodes that came back under other addresses
 * meet again. Returns facts. Throws ClusterNotFormed after the time, with what is missing.
 */
export async function formCluster(
  connections: NodeConnections,
  layout: ClusterLayout,
  options: ClusterOptions,
): Promise<string[]> {
  const nodes = layout.masters.flatMap(({ node, replicas }) => [node, ...replicas]);
  const until = Date.now() + options.timeoutMs;
  const waitUntil = (what: string, holds: () => Promise<boolean>) => poll(what, holds, until, options);

  if (await isFormed(connections, nodes)) return factsOf(connections, nodes);
  await meet(connections, nodes);
  await waitUntil('every node to know every other', async () =>
    (await Promise.all(nodes.map((node) => knowsAll(connectionOf(connections, node), nodes.length)))).every(
      Boolean,
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
  for (const node of nodes) await linkAgain(connectionOf(connections, node));
  await waitUntil('cluster_state:ok on every node, and every replica in sync', async () =>
    isFormed(connections, nodes),
  );
  return factsOf(connections, nodes);
}

/** Every node knows every other, is `cluster_state:ok`, and in sync where it is a replica. */
export const isFormed = async (connections: NodeConnections, nodes: readonly RedisNode[]): Promise<boolean> =>
  (
    await Promise.all(
      nodes.map(async (node) => {
        const redis = connectionOf(connections, node);
        return (await knowsAll(redis, nodes.length)) && (await isOk(redis));
      }),
    )
  ).every(Boolean);

const factsOf = async (connections: NodeConnections, [first]: readonly RedisNode[]): Promise<string[]> =>
  first === undefined ? [] : layoutFacts(await readLayout(connectionOf(connections, first)));

const connectionOf = (connections: NodeConnections, { name }: RedisNode): Redis => {
  const redis = connections.get(name);
  if (redis === undefined) throw new CrescendoError('DatabaseUnavailable', `no connection to ${name}`);
  return redis;
};

/** Reaches them too: one that is known by an address that it no longer has is not met. */
const knowsAll = async (redis: Redis, count: number): Promise<boolean> => {
  const known = await readClusterNodes(redis);
  return known.length === count && known.every(({ flags, isLinked }) => isLinked && !flags.includes('fail'));
};

const assignedSlots = async (redis: Redis): Promise<number> =>
  Number((await clusterInfo(redis))['cluster_slots_assigned']);

const idOf = async (redis: Redis): Promise<string> => String(await redis.call('CLUSTER', 'MYID'));

async function meet(connections: NodeConnections, nodes: readonly RedisNode[]): Promise<void> {
  const [first, ...rest] = nodes;
  if (first === undefined) return;
  const redis = connectionOf(connections, first);
  if (await knowsAll(redis, nodes.length)) return;
  for (const { host, port } of rest) await redis.call('CLUSTER', 'MEET', host, port);
}

/** Redis refuses to give a slot twice: those of a node that has any were given by an earlier attempt. */
async function giveSlots(redis: Redis, firstSlot: number, lastSlot: number): Promise<void> {
  const own = await ownNode(redis);
  if (own === undefined || own.slots.length > 0 || own.flags.includes('slave')) return;
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot, lastSlot);
}

async function follow(redis: Redis, master: string): Promise<void> {
  const own = await ownNode(redis);
  if (own !== undefined && own.masterId !== master && own.slots.length === 0)
    await redis.call('CLUSTER', 'REPLICATE', master);
}

/** A replica goes on calling the address that its master had before everything was started anew, until it is told again. */
async function linkAgain(redis: Redis): Promise<void> {
  const own = await ownNode(redis);
  if (own === undefined || !own.flags.includes('slave') || (await isInSync(redis))) return;
  await redis.call('CLUSTER', 'REPLICATE', own.masterId);
}

const ownNode = async (redis: Redis) =>
  (await readClusterNodes(redis)).find(({ flags }) => flags.includes('myself'));

async function isOk(redis: Redis): Promise<boolean> {
  const { cluster_state: state } = await clusterInfo(redis);
  return state === 'ok' && (await isInSync(redis));
}

const isInSync = async (redis: Redis): Promise<boolean> => {
  const { role, master_link_status: link } = parseInfo(await redis.info('replication'));
  return role === 'master' || link === 'up';
};

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
