import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { withLock } from '../lock.mjs';
import { say } from './say.ts';

/** What was set up stays here between runs; `CRESCENDO_CACHE` moves it. */
export const cacheFolder = (): string =>
  resolve(process.env['CRESCENDO_CACHE'] ?? join(homedir(), '.cache', 'crescendo'));

/** One process at a time sets up `name`; the others wait and then find it done. */
export const alone = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  withLock(join(cacheFolder(), 'locks', name), work, () =>
    say(`waiting for another run that sets up ${name}`),
  );

/**
 * The path of a cached file or folder. When it is not there, `make` fills a folder of its own and answers what in it
 * is to be kept, which is then put in place with one rename: a run that is killed leaves no half of anything.
 */
export async function cached(path: string, make: (folder: string) => Promise<string>): Promise<string> {
  const target = join(cacheFolder(), path);
  if (existsSync(target)) return target;
  return alone(path.replaceAll('/', '-'), async () => {
    if (existsSync(target)) return target;
    await mkdir(dirname(target), { recursive: true });
    const folder = await mkdtemp(join(cacheFolder(), 'partial-'));
    try {
      await rename(await make(folder), target);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return target;
  });
}
