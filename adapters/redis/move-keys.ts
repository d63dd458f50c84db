import type { Redis } from 'ioredis';
import calculateSlot from 'cluster-key-slot';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { masterOfSlot, type ClusterLayout } from '../../domain/redis-cluster.ts';
import type { ApplyOptions } from './change.ts';
import { probePrefix } from './probe.ts';

const batch = 200;
const migrateTimeoutMs = 10_000;

/** What the prober of a procedure writes is no data: it goes again at the end. */
export const isOwnKey = (key: Buffer): boolean => key.toString('latin1').startsWith(probePrefix);

/**
 * Copies every key of a single server into the cluster, with its time to live; a key that is there is replaced, so doing it
 * again is doing it once. The server sends them itself (MIGRATE): it must reach the nodes under the hosts of the layout.
 * Returns how many keys were sent.
 */
export async function copyKeys(
  source: Redis,
  layout: ClusterLayout,
  { signal, onProgress }: ApplyOptions = {},
): Promise<number> {
  const total = await source.dbsize();
  let copied = 0;
  let cursor = '0';
  do {
    signal?.throwIfAborted();
    const [next, keys] = await source.scanBuffer(cursor, 'COUNT', batch);
    cursor = next.toString();
    copied += await sendKeys(
      source,
      layout,
      keys.filter((key) => !isOwnKey(key)),
    );
    onProgress?.(`copied ${copied} of about ${total} keys`);
  } while (cursor !== '0');
  return copied;
}

/** Copies just these; one that is gone meanwhile is no error. Returns how many were there. */
export async function sendKeys(
  source: Redis,
  layout: ClusterLayout,
  keys: readonly Buffer[],
): Promise<number> {
  const byNode = new Map<string, { host: string; port: number; keys: Buffer[] }>();
  for (const key of keys) {
    const { name, host, port } = masterOfSlot(layout, calculateSlot(key));
    const target = byNode.get(name) ?? { host, port, keys: [] };
    target.keys.push(key);
    byNode.set(name, target);
  }
  let sent = 0;
  for (const { host, port, keys: own } of byNode.values()) {
    const answer = await source.call(
      'MIGRATE',
      host,
      port,
      '',
      0,
      migrateTimeoutMs,
      'COPY',
      'REPLACE',
      'KEYS',
      ...own,
    );
    if (answer !== 'OK' && answer !== 'NOKEY')
      throw new CrescendoError(
        'DatabaseUnavailable',
        `MIGRATE to ${host}:${port} answered ${String(answer)}`,
      );
    if (answer === 'OK') sent += own.length;
  }
  return sent;
}
