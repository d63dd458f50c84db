import type { TakenNames } from './taken-names.ts';

/** The standing server, and what there is of the cluster to be. */
export interface RedisClusterSeen {
  /** The URL has a password, or the server asks for one. */
  hasPassword: boolean;
  /** Where its data lies, in the container: CONFIG GET dir. */
  dataFolder: string;
  /** On which it listens in its network. */
  port: number;
  /** Keys of each numbered database; a cluster has 0 only. */
  keysByDatabase: Readonly<Record<string, number>>;
  taken: TakenNames;
  /** Of the nodes, where all of them stand: `ok`, or what they say instead. */
  clusterState?: string;
}

/** All of these services stand, and were started as nodes of a cluster. */
export const areClusterNodes = ({ services }: TakenNames, nodes: readonly string[]): boolean =>
  nodes.every((name) => services[name]?.includes('--cluster-enabled') === true);
