import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensurePostgres } from '../../scripts/setup/index.ts';
import { freePort } from './free-port.ts';
import { serverProcess, type ServerProcess } from './server-process.ts';

export interface PostgresServer extends ServerProcess {
  url: string;
  port: number;
  folder: string;
  close(): Promise<void>;
}

/** Its programs refuse to run as root. */
const asOwner =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
const owned = (program: string, args: string[]): [string, string[]] => {
  const [first = program, ...rest] = [...asOwner, program, ...args];
  return [first, rest];
};

/** A real PostgreSQL on a free port, with an empty database `postgres`; `settings` stand on its command line. */
export async function startPostgres(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const { bin } = await ensurePostgres();
  const root = await mkdtemp(join(tmpdir(), 'crescendo-postgres-'));
  const folder = join(root, 'data');
  const port = await freePort();
  if (asOwner.length > 0) await execa('chown', ['postgres', root]);
  const passwordFile = join(root, 'password');
  await writeFile(passwordFile, 'not-a-secret');
  await chmod(passwordFile, 0o644);
  const initdb = ['--username=crescendo', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-sync'];
  await execa(...owned(join(bin, 'initdb'), [...initdb, '--encoding=UTF8', '-D', folder]));
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const where = ['-D', folder, '-p', String(port), '-k', root, '-h', '127.0.0.1'];
  const [program, args] = owned(join(bin, 'postgres'), [...where, ...given]);
  const server = serverProcess({
    what: 'PostgreSQL',
    program,
    args,
    logFile: join(root, 'postgres.log'),
    isReady: async () =>
      (await execa(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], { reject: false }))
        .exitCode === 0,
    timeoutMs: 20_000,
  });
  const close = async (): Promise<void> => {
    await server.kill();
    await rm(root, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await close();
    throw error;
  }
  const url = `postgres://crescendo:not-a-secret@127.0.0.1:${port}/postgres`;
  return { ...server, url, port, folder, close };
}
