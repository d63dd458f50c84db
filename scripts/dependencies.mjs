import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.mjs';

/** Runs `npm ci` where what is installed is not what the lockfile says. Its output goes to stderr. */
export async function ensureDependencies(root) {
  if (await isInstalled(root)) return;
  await withLock(join(root, '.crescendo', 'npm-ci.lock'), async () => {
    if (await isInstalled(root)) return;
    process.stderr.write('[setup] npm ci (the dependencies are missing or not those of the lockfile)\n');
    const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      // An outer `npm run -s` is about the command, and not about this.
      env: { ...process.env, npm_config_loglevel: 'error' },
    });
    const [code] = await once(npm, 'exit');
    if (code !== 0) throw new Error(`npm ci ended with ${code}; see above`);
  });
}

/**
 * Compares what npm says it installed with the lockfile, entry by entry. Times of files do not tell: a clone, a
 * checkout and npm itself write them in any order. Packages for other systems are optional and may be absent.
 */
async function isInstalled(root) {
  const wanted = await packages(join(root, 'package-lock.json'));
  const there = await packages(join(root, 'node_modules', '.package-lock.json')).catch(() => undefined);
  if (there === undefined) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional, peer }]) =>
      path === '' || (there[path] === undefined ? optional || peer : there[path].version === version),
  );
}

async function packages(file) {
  return JSON.parse(await readFile(file, 'utf8')).packages;
}
