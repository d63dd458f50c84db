import { CrescendoError } from '../domain/crescendo-error.ts';
import type { RedisNode } from '../domain/redis-cluster.ts';
import type { Dependencies } from './dependencies.ts';

/** Where each node is reached now, in the order of the names. Throws DatabaseUnavailable where one does not run. */
export async function nodesOf(
  { platform }: Dependencies,
  names: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<RedisNode[]> {
  const seen = await platform.observe(names, signal);
  return names.map((name) => {
    const running = seen[name]?.find(({ state }) => state === 'running');
    if (running === undefined) throw new CrescendoError('DatabaseUnavailable', `${name} does not run`);
    if (running.address === undefined)
      throw new CrescendoError(
        'DatabaseUnavailable',
        `this worker does not reach ${running.name}: run it in the network of the containers`,
      );
    return { name, host: running.address, port };
  });
}
