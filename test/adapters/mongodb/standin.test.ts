import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { startStandin, type Standin } from '../../../demo/mongodb-standin/server.ts';
import { mongodbContract } from './contract.ts';

let folder: string;
let single: Standin;
let set: Standin[];
const start = (name: string, port: number, replSet?: string): Promise<Standin> =>
  startStandin({
    port,
    folder: join(folder, name),
    log: () => undefined,
    ...(replSet === undefined ? {} : { replSet }),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-standin-'));
  single = await start('single', 0);
  set = await Promise.all(['a', 'b', 'c'].map((name) => start(name, 0, 'rs0')));
});
afterAll(async () => {
  await Promise.all([single, ...(set ?? [])].map((one) => one?.close()));
  await rm(folder, { recursive: true, force: true });
});

describe('the adapter on the STAND-IN for mongo:7.0', () => {
  mongodbContract(() => ({
    single: `mongodb://127.0.0.1:${single.port}`,
    set: set.map(({ port }) => ({ url: `mongodb://127.0.0.1:${port}`, host: `127.0.0.1:${port}` })),
    restartFirst: async () => {
      const [first] = set;
      if (first === undefined) return;
      await first.close();
      set[0] = await start('a', first.port, 'rs0');
    },
  }));
});
