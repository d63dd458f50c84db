/** One node as its peers reach it. */
export interface RedisNode {
  name: string;
  host: string;
  port: number;
}

export interface ClusterLayout {
  masters: { node: RedisNode; firstSlot: number; lastSlot: number; replicas: RedisNode[] }[];
}

export const slotCount = 16_384;

/**
 * Runbook 3.4, "Redis Cluster": the first nodes become masters that share the slots evenly, each of the rest a replica of
 * one of them, in turn. `nodes` must be masters x (1 + replicas of each); at least 3 masters, as Redis wants it.
 */
export const layoutOf = (nodes: readonly RedisNode[], replicasEach = 1): ClusterLayout => {
  const masters = Math.floor(nodes.length / (1 + replicasEach));
  if (masters < 3 || masters * (1 + replicasEach) !== nodes.length)
    throw new RangeError(`${nodes.length} nodes do not make 3 or more masters with ${replicasEach} replicas`);
  return {
    masters: nodes.slice(0, masters).map((node, index) => ({
      node,
      firstSlot: Math.floor((slotCount * index) / masters),
      lastSlot: Math.floor((slotCount * (index + 1)) / masters) - 1,
      replicas: nodes.slice(masters).filter((_, at) => at % masters === index),
    })),
  };
};

/** The master that a slot belongs to. */
export const masterOfSlot = (layout: ClusterLayout, slot: number): RedisNode => {
  const found = layout.masters.find(({ firstSlot, lastSlot }) => slot >= firstSlot && slot <= lastSlot);
  if (found === undefined) throw new RangeError(`slot ${slot} belongs to nobody`);
  return found.node;
};

/** The same layout at the addresses that the nodes have: a node that was started anew knows its own address only from others, late or never. */
export const atAddresses = ({ masters }: ClusterLayout, nodes: readonly RedisNode[]): ClusterLayout => {
  const current = (node: RedisNode): RedisNode => nodes.find(({ name }) => name === node.name) ?? node;
  return {
    masters: masters.map((master) => ({
      ...master,
      node: current(master.node),
      replicas: master.replicas.map(current),
    })),
  };
};
