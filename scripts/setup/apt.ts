import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { alone } from './cache.ts';
import { has, run } from './run.ts';
import { say, SetupError } from './say.ts';

const policy = '/usr/sbin/policy-rc.d';
const env = { DEBIAN_FRONTEND: 'noninteractive' };
const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];

/** Whether packages can be installed here without asking anybody. */
export const canInstall = async (): Promise<boolean> =>
  process.platform === 'linux' && process.getuid?.() === 0 && (await has('apt-get', '--version'));

/**
 * Installs Debian packages without starting their services: a test needs the program, not a database on its default
 * port that nobody stops again.
 */
export async function aptInstall(packages: string[], what: string): Promise<void> {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!(await canInstall())) {
    throw new SetupError(`${what} is missing. On Debian or Ubuntu: sudo ${command}`);
  }
  await alone('apt', async () => {
    say(`installing ${what}: ${command}`);
    const ownPolicy = !existsSync(policy);
    if (ownPolicy) {
      await writeFile(policy, '#!/bin/sh\nexit 101\n');
      await chmod(policy, 0o755);
    }
    try {
      const install = () =>
        run('apt-get', ['install', '-y', '--no-install-recommends', ...patience, ...packages], {
          env,
          timeoutMs: 900_000,
        });
      // The package lists of a fresh machine are missing or old.
      let done = await install();
      if (!done.ok) {
        await run('apt-get', ['update', ...patience], { env, timeoutMs: 300_000 });
        done = await install();
      }
      if (!done.ok) throw new SetupError(`${what}: "${command}" failed:\n${done.said}`);
    } finally {
      if (ownPolicy) await rm(policy, { force: true });
    }
  });
}
