import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall } from './apt.ts';
import { has } from './run.ts';

/** nginx on the host, for tests of the adapter. */
export async function ensureNginx(): Promise<{ nginx: string }> {
  if (await has('nginx', '-v')) return { nginx: 'nginx' };
  // Debian's /usr/sbin is not on every user's PATH.
  if (!(await has('/usr/sbin/nginx', '-v'))) await aptInstall(['nginx-light'], 'nginx');
  return { nginx: '/usr/sbin/nginx' };
}

/** A Redis server on the host. */
export async function ensureRedis(): Promise<{ redisServer: string }> {
  if (!(await has('redis-server', '--version'))) await aptInstall(['redis-server'], 'Redis');
  return { redisServer: 'redis-server' };
}

/** PostgreSQL's programs on the host: `postgres` and `initdb` in one folder. */
export async function ensurePostgres(): Promise<{ bin: string }> {
  const found = await postgresBin();
  if (found !== undefined) return { bin: found };
  await aptInstall(['postgresql'], 'PostgreSQL');
  const bin = await postgresBin();
  if (bin === undefined) throw new Error('the package postgresql left no /usr/lib/postgresql/*/bin/initdb');
  return { bin };
}

async function postgresBin(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => []);
  for (const version of versions.toSorted((a, b) => Number(b) - Number(a))) {
    const bin = join(root, version, 'bin');
    if (await has(join(bin, 'initdb'), '--version')) return bin;
  }
  return undefined;
}
