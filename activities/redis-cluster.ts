import { Context } from '@temporalio/activity';
import { pause } from '../adapters/abort.ts';
import { clusterInfo, readLayout } from '../adapters/redis/cluster-layout.ts';
import { formCluster, isFormed } from '../adapters/redis/cluster.ts';
import { withRedis } from '../adapters/redis/connect.ts';
import { copyKeys } from '../adapters/redis/move-keys.ts';
import { withNodes } from '../adapters/redis/nodes.ts';
import { proveKeys } from '../adapters/redis/prove-keys.ts';
import { readStanding } from '../adapters/redis/standing.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatCount, formatMs } from '../domain/format.ts';
import { atAddresses, layoutOf, type ClusterLayout, type RedisNode } from '../domain/redis-cluster.ts';
import { areClusterNodes } from '../domain/redis-cluster-seen.ts';
import type { Activities } from './contract.ts';
import { throwIfCrashing } from './crashing.ts';
import { databaseIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { reasonOf } from './reason.ts';
import { nodesOf } from './redis-nodes.ts';
import { guardStanding } from './standing.ts';
import { currentTask, type Task } from './task.ts';

const lookAgainMs = 250;
/** Gossip and a fail-over; Redis' own node timeout is 5 s here. */
const meetAgainMs = 60_000;

type RedisClusterActivities = Pick<
  Activities,
  'readRedisCluster' | 'formRedisCluster' | 'copyRedisKeys' | 'waitForRedisCluster' | 'proveRedisKeys'
>;

/** Runbook 3.4, "Redis Cluster". */
export const redisClusterActivities = (dependencies: Dependencies): RedisClusterActivities => ({
  readRedisCluster: async ({ database, nodes }) => {
    const { signal } = currentTask();
    const { url } = await databaseIn(dependencies, database);
    const [standing, taken] = await Promise.all([
      withRedis(url, (redis) => readStanding(redis, url)),
      dependencies.platform.taken({ services: nodes, volumes: nodes.map((name) => `${name}-data`) }, signal),
    ]);
    if (!areClusterNodes(taken, nodes)) return { ...standing, taken };
    const clusterState = await stateOf(dependencies, nodes, standing.port, signal);
    return { ...standing, taken, clusterState };
  },

  formRedisCluster: async ({ database, nodes, port, timeoutMs, ...write }) => {
    const { signal, report } = currentTask();
    const { spec } = await databaseIn(dependencies, database);
    const started = await guardStanding(dependencies, spec.service, write);
    // Of all attempts together.
    const giveUpAtMs = Context.current().info.scheduledTimestampMs + timeoutMs;
    for (;;) {
      try {
        const found = await nodesOf(dependencies, nodes, port, signal);
        const leftMs = Math.max(0, giveUpAtMs - dependencies.nowMs());
        const options = { timeoutMs: leftMs, signal, onProgress: report };
        const formed = await withNodes(found, (open) => formCluster(open, layoutOf(found), options));
        return { facts: [...started, ...formed] };
      } catch (error) {
        await goOnIfStarting(dependencies, error, { nodes, giveUpAtMs, timeoutMs, signal, report });
      }
    }
  },

  copyRedisKeys: async ({ database, nodes, port, ...write }) => {
    const { signal, report } = currentTask();
    const { spec, url } = await databaseIn(dependencies, database);
    const started = await guardStanding(dependencies, spec.service, write);
    const startedAtMs = dependencies.nowMs();
    const layout = await wholeLayout(await nodesOf(dependencies, nodes, port, signal), { signal, report });
    const copied = await withRedis(url, (redis) => copyKeys(redis, layout, { signal, onProgress: report }));
    return {
      facts: [
        ...started,
        `${formatCount(copied, 'key')} sent in ${formatMs(dependencies.nowMs() - startedAtMs)}`,
      ],
    };
  },

  waitForRedisCluster: async ({ nodes, port, timeoutMs }) => {
    const { signal, report } = currentTask();
    const giveUpAtMs = dependencies.nowMs() + timeoutMs;
    for (;;) {
      const state = await stateOf(dependencies, nodes, port, signal);
      if (state === 'ok')
        return { facts: [`cluster_state:ok on ${nodes.join(', ')}, every replica in sync`] };
      if (dependencies.nowMs() >= giveUpAtMs)
        throw new CrescendoError('ClusterNotFormed', `${state} after ${formatMs(timeoutMs)}`);
      report(state);
      await pause(lookAgainMs, signal);
    }
  },

  proveRedisKeys: async ({ database, nodes, port }) => {
    const { signal, report } = currentTask();
    const { url } = await databaseIn(dependencies, database);
    const layout = await wholeLayout(await nodesOf(dependencies, nodes, port, signal), { signal, report });
    const masters = layout.masters.map(({ node }) => node);
    const { keys, sent, missing } = await withRedis(url, (redis) =>
      withNodes(masters, (open) => proveKeys(redis, layout, open, { signal, onProgress: report })),
    );
    if (missing > 0)
      throw new CrescendoError(
        'KeysMissing',
        `${missing} of ${formatCount(keys, 'key')} were sent and are not in the cluster: look whether its nodes evict (INFO stats, evicted_keys)`,
        { keys, missing },
      );
    return {
      facts: [
        `${formatCount(keys, 'key')} looked up, each is in the cluster`,
        ...(sent === 0 ? [] : [`${formatCount(sent, 'key')} came after the copy and went too`]),
      ],
    };
  },
});

/** `ok`, or what is in the way, as a sentence. */
const stateOf = async (
  dependencies: Dependencies,
  names: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<string> => {
  try {
    const nodes = await nodesOf(dependencies, names, port, signal);
    return await withNodes(nodes, async (open) => {
      if (await isFormed(open, nodes)) return 'ok';
      const states = await Promise.all(
        [...open].map(async ([name, redis]) => `${name} ${(await clusterInfo(redis))['cluster_state']}`),
      );
      return `cluster_state: ${states.join(', ')}; not all know each other, or a replica is not in sync`;
    });
  } catch (error) {
    return reasonOf(error, signal);
  }
};

/**
 * As it is now: who was a master when it was formed may be a replica by now, and nodes that came back under other addresses, as all do after a
 * crash of the engine, have to meet again before anything can be sent.
 */
const wholeLayout = (nodes: readonly RedisNode[], { signal, report }: Task): Promise<ClusterLayout> =>
  withNodes(nodes, async (open) => {
    await formCluster(open, layoutOf(nodes), { timeoutMs: meetAgainMs, signal, onProgress: report });
    const [first] = open.values();
    if (first === undefined) throw new CrescendoError('ClusterNotFormed', 'there is no node');
    return atAddresses(await readLayout(first), nodes);
  });

async function goOnIfStarting(
  dependencies: Dependencies,
  error: unknown,
  {
    nodes,
    giveUpAtMs,
    timeoutMs,
    signal,
    report,
  }: {
    nodes: readonly string[];
    giveUpAtMs: number;
    timeoutMs: number;
    signal: AbortSignal;
    report: (progress: string) => void;
  },
): Promise<void> {
  if (!(error instanceof CrescendoError) || error.type !== 'DatabaseUnavailable') throw error;
  for (const node of nodes) await throwIfCrashing(dependencies, node, signal);
  if (dependencies.nowMs() >= giveUpAtMs)
    throw new CrescendoError('ClusterNotFormed', `${error.message} after ${formatMs(timeoutMs)}`);
  report(error.message);
  await pause(lookAgainMs, signal);
}
