import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchAttributes } from '../../workflows/contracts.ts';
import { startDevServer, type DevServer } from '../support/index.ts';
import { root } from './imports.ts';

let server: DevServer;
let bin: string;
beforeAll(async () => {
  server = await startDevServer();
  bin = await mkdtemp(join(tmpdir(), 'crescendo-bin-'));
  if (isAbsolute(server.temporal)) await symlink(server.temporal, join(bin, 'temporal'));
});
afterAll(async () => {
  await server.close();
  await rm(bin, { recursive: true, force: true });
});

test('deploy/temporal/register.sh makes a namespace with the search attributes, and a second run changes nothing', async () => {
  const namespace = 'incidents';
  const register = () =>
    execa('sh', [join(root, 'deploy', 'temporal', 'register.sh')], {
      env: {
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        TEMPORAL_ADDRESS: server.address,
        TEMPORAL_NAMESPACE: namespace,
      },
      timeout: 50_000,
    });
  await register();
  const { stdout } = await register();
  const names = Object.values(searchAttributes).map(({ name }) => name);
  for (const name of names) expect(stdout).toContain(`${name} is there`);

  const connection = await Connection.connect({ address: server.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(names));
}, 60_000);
