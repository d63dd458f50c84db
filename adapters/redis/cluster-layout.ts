import type { Redis } from 'ioredis';
import { parseInfo } from './info.ts';
import type { ClusterLayout } from '../../domain/redis-cluster.ts';

/** One line of CLUSTER NODES: `id host:port@bus,hostname flags master ping pong epoch link slots...` */
export interface ClusterNode {
  id: string;
  /** Its announced host name, else its address. */
  name: string;
  host: string;
  port: number;
  flags: readonly string[];
  masterId: string;
  isLinked: boolean;
  slots: readonly (readonly [first: number, last: number])[];
}

/** What a node knows of its cluster. */
export const readClusterNodes = async (redis: Redis): Promise<ClusterNode[]> =>
  String(await redis.call('CLUSTER', 'NODES'))
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);

/** Who has which slots by now: after a fail-over it is another than the one that was planned. */
export const readLayout = async (redis: Redis): Promise<ClusterLayout> => {
  const nodes = (await readClusterNodes(redis)).filter(({ flags }) => !flags.includes('fail'));
  return {
    masters: nodes
      .flatMap((node) =>
        node.slots.map(([firstSlot, lastSlot]) => ({
          node,
          firstSlot,
          lastSlot,
          replicas: nodes.filter(({ masterId }) => masterId === node.id),
        })),
      )
      .toSorted((a, b) => a.firstSlot - b.firstSlot),
  };
};

export const clusterInfo = async (redis: Redis): Promise<Record<string, string>> =>
  parseInfo(String(await redis.call('CLUSTER', 'INFO')));

/** The layout as facts of a step. */
export const layoutFacts = ({ masters }: ClusterLayout): string[] =>
  masters.map(
    ({ node, firstSlot, lastSlot, replicas }) =>
      `${node.name} has slots ${firstSlot} to ${lastSlot}, followed by ${replicas.map(({ name }) => name).join(', ') || 'nobody'}`,
  );

const parseLine = (line: string): ClusterNode => {
  const [id = '', where = '', flags = '', masterId = '', , , , link, ...slots] = line.split(' ');
  const [address = '', hostname = ''] = where.split(',');
  const [socket = ''] = address.split('@');
  const colon = socket.lastIndexOf(':');
  return {
    id,
    name: hostname === '' ? socket : hostname,
    host: socket.slice(0, colon),
    port: Number(socket.slice(colon + 1)),
    flags: flags.split(','),
    masterId,
    isLinked: link === 'connected',
    // `[slot->-id]` is one on its way to another node.
    slots: slots.filter((range) => !range.startsWith('[')).map(parseRange),
  };
};

const parseRange = (range: string): readonly [number, number] => {
  const [first = '', last = first] = range.split('-');
  return [Number(first), Number(last)];
};
