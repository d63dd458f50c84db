import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureRedis } from '../../scripts/setup/index.ts';
import { freePort } from './free-port.ts';
import { serverProcess, type ServerProcess } from './server-process.ts';

export interface RedisServer extends ServerProcess {
  url: string;
  port: number;
  /** Where it keeps its data. */
  folder: string;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** A real Redis on a free port; `settings` are added to its command line as `--name value`. */
export async function startRedis(settings: Record<string, string> = {}): Promise<RedisServer> {
  const { redisServer } = await ensureRedis();
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-redis-'));
  const port = await freePort();
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const server = serverProcess({
    what: 'Redis',
    program: redisServer,
    args: [...where, '--save', '', ...flags],
    logFile: join(folder, 'redis.log'),
    isReady: async () =>
      (await execa('redis-cli', ['-p', String(port), 'ping'], { reject: false })).stdout === 'PONG',
    timeoutMs: 15_000,
  });
  const close = async (): Promise<void> => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...server, url: `redis://127.0.0.1:${port}`, port, folder, close };
}
