import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { withMongodb } from '../../../adapters/mongodb/connect.ts';
import { pull } from '../../../demo/pull.ts';
import { freePort, waitFor } from '../../support/index.ts';
import { mongodbContract } from './contract.ts';

const image = 'mongo:7.0';
const isThere = await pull(image, () => undefined);

/** mongod on a free port of the host; the container keeps its data over a restart. */
async function startMongod(...flags: string[]): Promise<{ name: string; port: number }> {
  const port = await freePort();
  const name = `crescendo-mongod-${port}`;
  const run = ['run', '-d', '--name', name, '--network', 'host', image, 'mongod', '--port', String(port)];
  await execa('docker', [...run, '--bind_ip', '127.0.0.1', '--wiredTigerCacheSizeGB', '0.25', ...flags]);
  await answers(port);
  return { name, port };
}

const answers = (port: number): Promise<unknown> =>
  waitFor(
    () => withMongodb(`mongodb://127.0.0.1:${port}`, (client) => client.db('admin').command({ ping: 1 })),
    { timeoutMs: 60_000, what: `mongod on ${port}`, everyMs: 250 },
  );

const onRealServer = (): void => {
  let servers: { name: string; port: number }[] = [];
  beforeAll(async () => {
    servers = [await startMongod()];
    for (let count = 0; count < 3; count += 1) servers.push(await startMongod('--replSet', 'rs0'));
  }, 120_000);
  afterAll(async () => {
    const names = servers.map(({ name }) => name);
    if (names.length > 0) await execa('docker', ['rm', '-f', '-v', ...names]);
  });

  mongodbContract(() => {
    const [single, ...set] = servers;
    return {
      single: `mongodb://127.0.0.1:${single?.port}`,
      set: set.map(({ port }) => ({ url: `mongodb://127.0.0.1:${port}`, host: `127.0.0.1:${port}` })),
      restartFirst: async () => {
        const [first] = set;
        if (first === undefined) return;
        await execa('docker', ['restart', first.name]);
        await delay(100);
        await answers(first.port);
      },
    };
  });
};

if (isThere)
  describe(`the adapter on a real ${image}`, () => {
    onRealServer();
  });
else
  it(`the adapter on a real ${image}`, (context) => {
    context.skip(`no registry gave ${image}: the contract ran on its stand-in only`);
  });
