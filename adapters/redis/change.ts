import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { readEviction, type Eviction } from './eviction.ts';
import { parseInfo } from './info.ts';
import { readSettings } from './read.ts';

export interface ApplyOptions {
  signal?: AbortSignal;
  onProgress?: (progress: string) => void;
}

/**
 * CONFIG SET of what differs, live: names and values as CONFIG GET gives them. Comes back when it is in force: an append-only
 * file that was switched on is written, memory above a smaller `maxmemory` is evicted. With a configuration file it is
 * persisted there too. Returns facts. Throws SettingRejected with what the server says, and before anything is set where every write
 * would be refused from then on.
 */
export async function applySettings(
  redis: Redis,
  wanted: Readonly<Record<string, string>>,
  options: ApplyOptions = {},
): Promise<string[]> {
  const before = await readSettings(redis, Object.keys(wanted));
  const differ = inOrder(before, wanted).filter(([name, value]) => before[name] !== value);
  const isAboutMemory = differ.some(([name]) => name.startsWith('maxmemory'));
  if (isAboutMemory) refuseStuck(await readEviction(redis, wanted));
  const facts: string[] = [];
  for (const [name, value] of differ) {
    await set(redis, name, value);
    facts.push(`${name} ${show(before[name])} -> ${show(value)}`);
    options.onProgress?.(facts.at(-1) ?? '');
  }
  await settle(redis, isAboutMemory, options);
  const after = await readSettings(redis, Object.keys(wanted));
  const wrong = Object.entries(wanted).filter(([name, value]) => after[name] !== value);
  if (wrong.length > 0)
    throw new CrescendoError(
      'SettingRejected',
      `Redis took the settings, but says ${wrong.map(([name]) => `${name} ${show(after[name])}`).join(', ')}`,
    );
  if (await rewrite(redis)) facts.push('written to its configuration file');
  return facts.length > 0 ? facts : ['every setting is as wanted already'];
}

/** A smaller `maxmemory` comes last: before it the policy is there by which room is made. */
function inOrder(
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): [string, string][] {
  const [now, then] = [Number(before['maxmemory'] ?? 0), Number(wanted['maxmemory'] ?? 0)];
  const shrinks = then > 0 && (now === 0 || then < now);
  const rank = (name: string): number => (name === 'maxmemory' ? (shrinks ? 1 : -1) : 0);
  return Object.entries(wanted).toSorted(([a], [b]) => rank(a) - rank(b));
}

function refuseStuck({ isStuck, usedBytes, maxmemoryBytes, policy }: Eviction): void {
  if (!isStuck) return;
  throw new CrescendoError(
    'SettingRejected',
    `Redis uses ${usedBytes} bytes, and ${policy} has nothing to evict: with maxmemory ${maxmemoryBytes} it refuses every write`,
    { name: 'maxmemory' },
  );
}

async function set(redis: Redis, name: string, value: string): Promise<void> {
  try {
    await redis.config('SET', name, value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CrescendoError('SettingRejected', `Redis refuses ${name} ${show(value)}: ${reason}`, { name });
  }
}

/** CONFIG SET answers at once and does its work afterwards. */
async function settle(
  redis: Redis,
  isAboutMemory: boolean,
  { signal, onProgress }: ApplyOptions,
): Promise<void> {
  for (;;) {
    const info = parseInfo(await redis.info('persistence'));
    const rewriting = info['aof_rewrite_in_progress'] === '1' || info['aof_rewrite_scheduled'] === '1';
    const eviction = await readEviction(redis);
    const { isOver, usedBytes, maxmemoryBytes, evictable } = eviction;
    if (isAboutMemory) refuseStuck(eviction);
    if (!rewriting && !(isAboutMemory && isOver)) return;
    onProgress?.(
      rewriting
        ? 'writing the append-only file'
        : `evicting: ${usedBytes} of ${maxmemoryBytes} bytes are used, ${evictable} keys may go`,
    );
    await delay(50, undefined, signal === undefined ? {} : { signal });
  }
}

/** `false` where it runs without a configuration file: there its command line in the compose file is what stays. */
async function rewrite(redis: Redis): Promise<boolean> {
  const { config_file: file = '' } = parseInfo(await redis.info('server'));
  if (file === '') return false;
  await redis.config('REWRITE');
  return true;
}

const show = (value: string | undefined): string =>
  value === undefined ? 'unknown' : value === '' ? '""' : value;
