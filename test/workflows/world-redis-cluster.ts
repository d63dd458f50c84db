import type { Activities } from '../../activities/contract.ts';
import type { TakenNames } from '../../domain/taken-names.ts';

/** What stands beside the one Redis of the world. */
export interface WorldRedisCluster {
  taken: TakenNames;
  clusterState?: string;
}

export const worldRedisCluster = (): WorldRedisCluster => ({ taken: { services: {}, volumes: [] } });

type RedisClusterActivities = Pick<
  Activities,
  'readRedisCluster' | 'formRedisCluster' | 'copyRedisKeys' | 'waitForRedisCluster' | 'proveRedisKeys'
>;

export const redisClusterActivities = (
  cluster: WorldRedisCluster,
  begin: (...words: (string | number)[]) => Promise<void>,
): RedisClusterActivities => ({
  async readRedisCluster() {
    await begin('readRedisCluster');
    return {
      hasPassword: false,
      dataFolder: '/data',
      port: 6379,
      keysByDatabase: { '0': 1_000 },
      ...cluster,
    };
  },
  async formRedisCluster({ nodes }) {
    await begin('formRedisCluster', nodes.length);
    return { facts: [`${nodes.length} nodes are one cluster`] };
  },
  async copyRedisKeys() {
    await begin('copyRedisKeys');
    return { facts: ['1000 keys sent'] };
  },
  async waitForRedisCluster() {
    await begin('waitForRedisCluster');
    return { facts: ['cluster_state:ok'] };
  },
  async proveRedisKeys() {
    await begin('proveRedisKeys');
    return { facts: ['1000 keys looked up'] };
  },
});
