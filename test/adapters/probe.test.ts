import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenProbe } from '../../adapters/database-probe.ts';
import { mongodbProbe } from '../../adapters/mongodb/probe.ts';
import { postgresProbe } from '../../adapters/postgres/probe.ts';
import { redisProbe } from '../../adapters/redis/probe.ts';
import { startStandin, type Standin } from '../../demo/mongodb-standin/server.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { waitFor } from '../support/wait-for.ts';

interface Server {
  url: string;
  /** SIGKILL where it is a process of its own. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const standin = async (): Promise<Server> => {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-probe-'));
  const launch = (port: number): Promise<Standin> => startStandin({ port, folder, log: () => undefined });
  let server = await launch(0);
  const { port } = server;
  return {
    url: `mongodb://127.0.0.1:${port}/chat4all`,
    kill: () => server.close(),
    start: async () => void (server = await launch(port)),
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const kinds: [string, OpenProbe, () => Promise<Server>][] = [
  ['PostgreSQL', postgresProbe, () => startPostgres()],
  ['Redis', redisProbe, () => startRedis({ appendonly: 'yes', appendfsync: 'always' })],
  ['the STAND-IN for MongoDB', mongodbProbe, standin],
];

describe.each(kinds)('a probe of %s', (_, openProbe, start) => {
  let server: Server;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.close());

  it('fails fast while it is away, goes on by itself, and finds every acknowledged write', async () => {
    const probe = openProbe(server.url, 'probe-1');
    await probe.prepare();
    expect(await probe.highest()).toBe(0);
    for (const sequence of [1, 2, 3]) await probe.write(sequence);
    await probe.read();
    await server.kill();
    const sinceMs = Date.now();
    await expect(probe.write(4)).rejects.toBeInstanceOf(Error);
    expect(Date.now() - sinceMs).toBeLessThan(1_500);
    await server.start();
    const wrote = () =>
      probe.write(5).then(
        () => true,
        () => false,
      );
    await waitFor(wrote, { what: 'a write after it came back', timeoutMs: 10_000 });
    expect(await probe.highest()).toBe(5);
    const acknowledged = [
      [1, 3],
      [5, 5],
    ] as const;
    expect(await probe.missing(acknowledged)).toBe(0);
    expect(await probe.missing([[1, 6]])).toBe(2);
    await probe.remove();
    await probe.prepare();
    expect(await probe.highest()).toBe(0);
    await probe.remove();
    await probe.close();
  });

  it('does not count the writes of another one', async () => {
    const [ours, theirs] = [openProbe(server.url, 'ours'), openProbe(server.url, 'theirs')];
    await ours.prepare();
    await ours.write(1);
    await theirs.prepare();
    expect(await theirs.highest()).toBe(0);
    expect(await theirs.missing([[1, 1]])).toBe(1);
    await ours.remove();
    await Promise.all([ours.close(), theirs.close()]);
  });
});
