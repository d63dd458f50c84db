import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DatabaseSpec } from '../../domain/catalog.ts';
import { catalogFor, fixtureFor } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let platform: LocalPlatform;
beforeEach(async () => {
  platform = await startLocalPlatform();
  await platform.add('api-gateway');
});
afterEach(() => platform.close());

const unhealthyOf = async (services: string[]): Promise<string[]> => {
  const redis: DatabaseSpec = {
    kind: 'redis',
    service: 'redis',
    url: 'env:REDIS',
    stopGraceMs: 1_000,
    dependants: [],
  };
  const catalog = { ...catalogFor(platform), databases: { cache: redis } };
  const fixture = fixtureFor(platform, { loadCatalog: async () => ({ catalog, hash: 'hash' }) });
  return (await fixture.run((activities) => activities.checkHealth({ services }))).unhealthy;
};

it('A database that has stopped is no healthy platform, whatever the services say', async () => {
  const { name } = await platform.add('redis', { state: 'exited' });
  const unhealthy = await unhealthyOf(['api-gateway', 'redis']);
  expect(unhealthy).toHaveLength(1);
  expect(unhealthy[0]).toContain(name);
});

it('What runs and is healthy is not named', async () => {
  await platform.add('redis');
  expect(await unhealthyOf(['api-gateway', 'redis'])).toEqual([]);
});

it('A service that the catalog names nowhere is refused', async () => {
  await expect(unhealthyOf(['postgres'])).rejects.toMatchObject({ type: 'UnknownService' });
});
