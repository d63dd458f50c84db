import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMongodb } from '../../../adapters/mongodb/connect.ts';
import { readNode } from '../../../adapters/mongodb/node.ts';
import { readReplicaSet } from '../../../adapters/mongodb/read-replica-set.ts';
import { initiate } from '../../../adapters/mongodb/replica-set.ts';
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

it('the STAND-IN that was in a set runs alone with its documents, and knows the set that it was in', async () => {
  const before = await start('left', 0, 'rs1');
  const url = `mongodb://127.0.0.1:${before.port}`;
  const host = `127.0.0.1:${before.port}`;
  await withMongodb(url, async (client) => {
    await initiate(client, 'rs1', host, { timeoutMs: 10_000 });
    await client.db('shop').collection('orders').insertOne({ total: 1 });
  });
  await before.close();
  await expect(start('left', before.port, 'another')).rejects.toThrow(/the set is rs1/);
  const alone = await start('left', before.port);
  try {
    await withMongodb(url, async (client) => {
      expect(await readReplicaSet(client)).toBeNull();
      expect((await readNode(client)).left).toEqual({ name: 'rs1', hosts: [host] });
      expect(await client.db('shop').collection('orders').countDocuments()).toBe(1);
      await client.db('shop').collection('orders').insertOne({ total: 2 });
    });
  } finally {
    await alone.close();
  }
});
