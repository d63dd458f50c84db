import type { Redis } from 'ioredis';
import calculateSlot from 'cluster-key-slot';
import { masterOfSlot, type ClusterLayout } from '../../domain/redis-cluster.ts';
import type { ApplyOptions } from './change.ts';
import type { NodeConnections } from './cluster.ts';
import { isOwnKey, sendKeys } from './move-keys.ts';

const batch = 200;

export interface ProvenKeys {
  /** Of the single server. */
  keys: number;
  /** Of them, those that came after the copy and were sent now. */
  sent: number;
  /** Sent, still on the single server, and not in the cluster. */
  missing: number;
}

/** Looks every key of a single server up in the cluster. `connections` has each master by its name. */
export async function proveKeys(
  source: Redis,
  layout: ClusterLayout,
  connections: NodeConnections,
  { signal, onProgress }: ApplyOptions = {},
): Promise<ProvenKeys> {
  const proven = { keys: 0, sent: 0, missing: 0 };
  let cursor = '0';
  do {
    signal?.throwIfAborted();
    const [next, found] = await source.scanBuffer(cursor, 'COUNT', batch);
    cursor = next.toString();
    const keys = found.filter((key) => !isOwnKey(key));
    proven.keys += keys.length;
    const late = await absent(keys, layout, connections);
    if (late.length > 0) {
      proven.sent += await sendKeys(source, layout, late);
      // One that expired or was deleted meanwhile is missing nowhere.
      const still = await absent(late, layout, connections);
      for (const key of still) proven.missing += await source.exists(key);
    }
    onProgress?.(`looked ${proven.keys} keys up, ${proven.sent} came after the copy`);
  } while (cursor !== '0');
  return proven;
}

async function absent(
  keys: readonly Buffer[],
  layout: ClusterLayout,
  connections: NodeConnections,
): Promise<Buffer[]> {
  const there = await Promise.all(
    keys.map((key) => {
      const { name } = masterOfSlot(layout, calculateSlot(key));
      const redis = connections.get(name);
      if (redis === undefined) throw new RangeError(`no connection to ${name}`);
      return redis.exists(key);
    }),
  );
  return keys.filter((_, index) => there[index] === 0);
}
