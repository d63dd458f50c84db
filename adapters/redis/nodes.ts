import type { Redis } from 'ioredis';
import type { RedisNode } from '../../domain/redis-cluster.ts';
import type { NodeConnections } from './cluster.ts';
import { withRedis } from './connect.ts';

/** One connection to each of the nodes. Throws DatabaseUnavailable where one does not answer. */
export const withNodes = <T>(
  nodes: readonly RedisNode[],
  work: (connections: NodeConnections) => Promise<T>,
): Promise<T> => openNext(nodes, new Map(), work);

const openNext = <T>(
  [next, ...rest]: readonly RedisNode[],
  open: ReadonlyMap<string, Redis>,
  work: (connections: NodeConnections) => Promise<T>,
): Promise<T> =>
  next === undefined
    ? work(open)
    : withRedis(`redis://${next.host}:${next.port}`, (redis) =>
        openNext(rest, new Map([...open, [next.name, redis]]), work),
      );
