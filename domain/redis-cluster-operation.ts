import { formatCount } from './format.ts';

export type RedisClusterOperation = FormRedisCluster | CopyRedisKeys;

/** Nodes that answer become one cluster: they meet, masters get their slots, each replica follows its master. */
export interface FormRedisCluster {
  kind: 'formRedisCluster';
  service: string;
  /** Name in `databases` of the catalog. */
  database: string;
  /** Services of the nodes, masters first. */
  nodes: readonly string[];
  port: number;
  /** The nodes were made by the same plan, and go again with an undo. */
  isNew: boolean;
  at: 'apply' | 'undo';
}

/** Every key of the standing server, with its time to live, is sent to the master of its slot; the standing server keeps them. */
export interface CopyRedisKeys {
  kind: 'copyRedisKeys';
  service: string;
  database: string;
  nodes: readonly string[];
  port: number;
  isNew: boolean;
  at: 'apply' | 'undo';
}

export type RedisClusterCheck =
  /** `cluster_state:ok` on each node, all slots with a master, each replica in sync. */
  | {
      kind: 'redisClusterOk';
      service: string;
      database: string;
      nodes: readonly string[];
      port: number;
    }
  /** No key of the standing server is missing in the cluster; those that came meanwhile are sent too. */
  | {
      kind: 'redisKeysCopied';
      service: string;
      database: string;
      nodes: readonly string[];
      port: number;
    };

/** The operation that puts it back; `null` for what is done to a cluster that stood before. */
export const undoOfRedisCluster = (operation: RedisClusterOperation): RedisClusterOperation | null =>
  operation.isNew ? { ...operation, at: operation.at === 'apply' ? 'undo' : 'apply' } : null;

/** How an operation on a Redis Cluster reads in a plan. */
export const redisClusterChangeOf = ({
  kind,
  nodes,
  at,
  service,
}: RedisClusterOperation): { mark: string; change: string } => {
  const those = formatCount(nodes.length, 'node');
  if (at === 'undo')
    return {
      mark: '~',
      change: `${kind === 'formRedisCluster' ? 'cluster' : 'copies of the keys'} gone with ${those}`,
    };
  return kind === 'formRedisCluster'
    ? { mark: '~', change: `one cluster of ${those}, every slot with a master` }
    : { mark: '+', change: `every key of ${service} in the cluster; ${service} keeps its own` };
};

/** What a check waits for, as the end of a sentence. */
export const redisClusterCheckText = (check: RedisClusterCheck): string =>
  check.kind === 'redisClusterOk'
    ? `cluster_state:ok on ${formatCount(check.nodes.length, 'node')}, every replica in sync`
    : `every key of ${check.service} is in the cluster`;
