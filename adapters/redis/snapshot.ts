import type { Redis } from 'ioredis';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { StoredAs } from '../../domain/database-operation.ts';
import { pause } from '../abort.ts';
import { applySettings } from './change.ts';
import { numberIn, parseInfo } from './info.ts';
import { readSettings } from './read.ts';

export interface StopOptions extends SnapshotOptions {
  /** What whoever starts next reads; what this server has when left out. */
  storedAs?: readonly StoredAs[] | undefined;
  /** After which the stop is a kill. */
  stopGraceMs?: number;
}

export interface SnapshotOptions {
  signal?: AbortSignal;
  onProgress?: (progress: string) => void;
}

const lookAgainMs = 50;

/**
 * So that a SIGTERM loses nothing of what the next start reads. An append-only file has everything, and is flushed at the end. A snapshot in the
 * background shows that the disk takes it; the stop then writes the last one, with all that came meanwhile, whatever `save` says.
 * Throws PreparationFailed with what speaks against it.
 */
export async function keepEverything(redis: Redis, options: StopOptions = {}): Promise<void> {
  const { appendonly } = await readSettings(redis, ['appendonly']);
  const own: StoredAs = appendonly === 'yes' ? 'appendOnlyFile' : 'snapshot';
  const { storedAs = [own], stopGraceMs = Infinity } = options;
  if (storedAs.includes('appendOnlyFile')) await applySettings(redis, { appendonly: 'yes' }, options);
  if (!storedAs.includes('snapshot')) return;
  await saveInBackground(redis, options);
  const info = parseInfo(await redis.info('persistence'));
  const tookMs = (numberIn(info, 'rdb_last_bgsave_time_sec') ?? 0) * 1_000;
  if (tookMs >= stopGraceMs)
    throw new CrescendoError(
      'PreparationFailed',
      `a snapshot takes ${tookMs} ms, and the stop is a kill after ${stopGraceMs} ms: raise stopGraceMs of this database in the catalog`,
    );
  await saveAtStop(redis);
}

/** SAVE would keep everybody waiting for as long as it takes. */
export async function saveInBackground(
  redis: Redis,
  { signal, onProgress }: SnapshotOptions = {},
): Promise<void> {
  // One that is under way began before what was written last.
  while (!(await begins(redis))) {
    onProgress?.('waiting for a snapshot, or a rewrite of the append-only file, that is under way');
    await pause(lookAgainMs, signal);
  }
  for (;;) {
    const info = parseInfo(await redis.info('persistence'));
    if (info['rdb_bgsave_in_progress'] !== '1') {
      if (info['rdb_last_bgsave_status'] === 'ok') return;
      throw new CrescendoError(
        'PreparationFailed',
        'Redis could not write its snapshot: its log says why (a full disk, no memory to fork)',
      );
    }
    onProgress?.(`writing a snapshot, for ${numberIn(info, 'rdb_current_bgsave_time_sec') ?? 0} s`);
    await pause(lookAgainMs, signal);
  }
}

/** `false` where another child is at work, which would only put it off. */
async function begins(redis: Redis): Promise<boolean> {
  const info = parseInfo(await redis.info('persistence'));
  if (info['rdb_bgsave_in_progress'] === '1' || info['aof_rewrite_in_progress'] === '1') return false;
  try {
    await redis.bgsave();
    return true;
  } catch (error) {
    if (error instanceof Error && /already in progress|can't BGSAVE/i.test(error.message)) return false;
    throw error;
  }
}

/** Before Redis 7 only save points make it write at its end. They are of the process that stops, and of no file. */
async function saveAtStop(redis: Redis): Promise<void> {
  const { 'shutdown-on-sigterm': atStop, save } = await readSettings(redis, ['shutdown-on-sigterm', 'save']);
  if (atStop !== undefined) await redis.config('SET', 'shutdown-on-sigterm', 'save');
  else if (save === '') await redis.config('SET', 'save', '3600 1');
}
