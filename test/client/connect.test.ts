import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { connectTemporal, withTemporal } from '../../client/connect.ts';
import { freePort } from '../support/index.ts';
import { sharedEnvironment } from '../workflows/env.ts';

let address: string;
let folder: string;
beforeAll(async () => {
  ({ address } = await sharedEnvironment('dev'));
  folder = await mkdtemp(join(tmpdir(), 'crescendo-connect-'));
});
beforeEach(() => {
  for (const name of ['ADDRESS', 'NAMESPACE', 'PROFILE']) vi.stubEnv(`TEMPORAL_${name}`, undefined);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', join(folder, 'none.toml'));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await (await sharedEnvironment()).teardown();
});

const reached = (options: Parameters<typeof connectTemporal>[0]) =>
  withTemporal(options ?? {}, ({ address, namespace }) => Promise.resolve({ address, namespace }));

it('a profile of temporal.toml says where the server is, as for the temporal CLI', async () => {
  const file = join(folder, 'temporal.toml');
  await writeFile(file, `[profile.spare]\naddress = "${address}"\nnamespace = "shop"\n`);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', file);
  expect(await reached({ profile: 'spare' })).toEqual({ address, namespace: 'shop' });
  vi.stubEnv('TEMPORAL_PROFILE', 'spare');
  expect(await reached({})).toEqual({ address, namespace: 'shop' });
  expect(await reached({ namespace: 'other' })).toEqual({ address, namespace: 'other' });
});

it('a TEMPORAL_ variable counts where no option does', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', `127.0.0.1:${await freePort()}`);
  vi.stubEnv('TEMPORAL_NAMESPACE', 'billing');
  expect(await reached({ address })).toEqual({ address, namespace: 'billing' });
});

it('a profile that is not there is bad input', async () => {
  const file = join(folder, 'empty.toml');
  await writeFile(file, '');
  vi.stubEnv('TEMPORAL_CONFIG_FILE', file);
  await expect(connectTemporal({ profile: 'nobody' })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('nobody'),
  });
});

it('says every way to a server when none answers', async () => {
  const nowhere = `127.0.0.1:${await freePort()}`;
  await expect(connectTemporal({ address: nowhere })).rejects.toMatchObject({
    message: expect.stringContaining(`no Temporal server answers at ${nowhere}`),
    todo: expect.stringMatching(/temporal server start-dev.*docker-compose\.temporal\.yml.*npm run demo/),
  });
});
