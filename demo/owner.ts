import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SetupError } from '../scripts/setup/index.ts';

/**
 * The one process that uses the demo platform. There is one platform on a machine (its ports are fixed), so a second demo would take
 * it down under the first.
 */
const file = (): string => resolve('.crescendo', 'demo.owner');

/** Takes the platform for this process until it ends. Throws SetupError when another one that lives has it. */
export async function takeOwnership(): Promise<void> {
  await mkdir(dirname(file()), { recursive: true });
  for (;;) {
    try {
      await writeFile(file(), `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(file(), 'utf8').catch(() => '0'));
    if (owner === process.pid) return;
    if (isAlive(owner))
      throw new SetupError(
        `The demo platform is in use by process ${owner} (a demo, scenario or benchmark). Wait for its end, or stop it.`,
      );
    // Left over from a run that was killed.
    await rm(file(), { force: true });
  }
}

const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
