import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogFor, fixtureFor, type Fixture } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let platform: LocalPlatform;
let fixture: Fixture;

beforeEach(async () => {
  platform = await startLocalPlatform();
  await platform.add('api-gateway', { createdAtMs: 0 });
  fixture = fixtureFor(platform);
});
afterEach(() => platform.close());

const write = { operationId: 'incident/gateway/1', fencingToken: 3 };
const service = 'api-gateway';
const replicaOf = (index: number) => {
  const replica = platform.replicas[service]?.[index];
  if (replica === undefined) throw new Error(`no replica ${index}`);
  return replica;
};

describe('scaleService', () => {
  it('sets the absolute count under the operation and fencing token, and says what it did', async () => {
    const { facts } = await fixture.run((activities) =>
      activities.scaleService({ ...write, service, replicas: 3 }),
    );
    expect(facts.slice(0, 2)).toEqual(['created 127.0.1.2', 'created 127.0.1.3']);
    expect(platform.scaled).toEqual([{ service, replicas: 3, stopGraceMs: 1_000, ...write }]);
  });

  it('changes nothing once the lease is lost', async () => {
    const lost = fixtureFor(platform, { isLeaseCurrent: async () => false });
    await expect(
      lost.run((activities) => activities.scaleService({ ...write, service, replicas: 3 })),
    ).rejects.toMatchObject({ type: 'LeaseLost', nonRetryable: true, details: [{ fencingToken: 3 }] });
    expect(platform.scaled).toEqual([]);
  });

  it.each([['constructor'], ['api-gateway; rm -rf /'], ['']])('refuses the service "%s"', async (name) => {
    await expect(
      fixture.run((activities) => activities.scaleService({ ...write, service: name, replicas: 2 })),
    ).rejects.toMatchObject({ type: 'UnknownService', nonRetryable: true });
    expect(platform.scaled).toEqual([]);
  });
});

describe('readReplicas', () => {
  it('counts what runs or is on its way, not what has exited', async () => {
    await platform.add(service, { state: 'created' });
    await platform.add(service, { state: 'exited' });
    expect(await fixture.run((activities) => activities.readReplicas({ services: [service] }))).toEqual({
      [service]: 2,
    });
  });

  it('knows what the catalog names as a database too, and nothing that it does not name', async () => {
    const database = { kind: 'redis', service: 'redis', url: 'env:REDIS', stopGraceMs: 1_000 } as const;
    await platform.add('redis');
    const catalog = { ...catalogFor(platform), databases: { cache: { ...database, dependants: [] } } };
    const known = fixtureFor(platform, { loadCatalog: async () => ({ catalog, hash: 'hash' }) });
    const read = (name: string) => known.run((activities) => activities.readReplicas({ services: [name] }));
    expect(await read('redis')).toEqual({ redis: 1 });
    await expect(read('postgres')).rejects.toMatchObject({ type: 'UnknownService', nonRetryable: true });
  });
});

describe('waitForReplicas', () => {
  const wait = (timeoutMs = 5_000) =>
    fixture.run((activities) => activities.waitForReplicas({ service, replicas: 2, timeoutMs }));

  it('waits for health and for the start in the log of a new replica, and says how long it took', async () => {
    const fresh = await platform.add(service, { health: 'starting', operationId: 'incident/gateway/1' });
    const waiting = wait();
    setTimeout(() => {
      replicaOf(1).health = 'healthy';
      platform.changed();
    }, 50);
    setTimeout(() => platform.say(fresh.name, 'Started ApiGateway in 2 s'), 150);
    const { facts } = await waiting;
    expect(facts[0]).toBe('127.0.1.1 healthy');
    expect(facts[1]).toMatch(/^127\.0\.1\.2 healthy and "Started" in its log 0\.\d s after it was created$/);
    expect(fixture.heartbeats).toContain('127.0.1.2 is starting');
  });

  it('does not ask a replica that was there before for its start again', async () => {
    await platform.add(service, { createdAtMs: 0 });
    expect((await wait()).facts).toEqual(['127.0.1.1 healthy', '127.0.1.2 healthy']);
  });

  it('takes running for healthy where there is no health check', async () => {
    await platform.add(service, { health: 'none' });
    expect((await wait()).facts).toContain('127.0.1.2 running');
  });

  it.each([
    ['exited', { state: 'exited' }],
    ['restarting', { state: 'restarting', restartCount: 2 }],
    ['unhealthy', { health: 'unhealthy' }],
  ] as const)('gives up at once on a new replica that is %s, with the end of its log', async (how, more) => {
    const fresh = await platform.add(service, { operationId: 'incident/gateway/1', ...more });
    platform.say(fresh.name, 'FATAL no config, password=hunter2');
    await expect(wait()).rejects.toMatchObject({
      type: 'ReplicaCrashed',
      nonRetryable: true,
      message: expect.stringContaining(`127.0.1.2 is ${how}`) as string,
      details: [{ replica: '127.0.1.2', lastLines: ['FATAL no config, password=<redacted>'] }],
    });
  });

  it('goes on waiting for an old replica that is unhealthy under the load', async () => {
    replicaOf(0).health = 'unhealthy';
    await platform.add(service, { createdAtMs: 0 });
    setTimeout(() => {
      replicaOf(0).health = 'healthy';
      platform.changed();
    }, 100);
    expect((await wait()).facts).toHaveLength(2);
  });

  it('says what is missing when the time is over', async () => {
    await platform.add(service, { operationId: 'incident/gateway/1' });
    await expect(wait(200)).rejects.toMatchObject({
      type: 'ReplicaNotReady',
      nonRetryable: false,
      message: expect.stringContaining('"Started" is not in its log yet') as string,
    });
    await platform.scale({ service, replicas: 1, stopGraceMs: 0 }, write);
    await expect(wait(100)).rejects.toMatchObject({
      message: expect.stringContaining('1 of 2 replicas') as string,
    });
  });

  it('ends as cancelled, at once, when it is cancelled', async () => {
    const startedAtMs = performance.now();
    await expect(
      fixture.run((activities) => activities.waitForReplicas({ service, replicas: 5, timeoutMs: 60_000 }), {
        onStart: (cancel) => setTimeout(cancel, 100),
      }),
    ).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });
});

describe('excerptErrors', () => {
  it('groups the lines of all replicas, without secrets', async () => {
    const second = await platform.add(service);
    platform.say('127.0.1.1', 'ERROR order 1 failed, token=abc');
    platform.say(second.name, 'ERROR order 2 failed, token=abc');
    platform.say(second.name, 'Started');
    const { facts } = await fixture.run((activities) =>
      activities.excerptErrors({ services: [service], sinceMs: 60_000 }),
    );
    expect(facts).toEqual(['2 x in 127.0.1.1, 127.0.1.2: ERROR order 2 failed, token=<redacted>']);
  });

  it('says so when there is none', async () => {
    const { facts } = await fixture.run((activities) =>
      activities.excerptErrors({ services: [service], sinceMs: 1_800_000 }),
    );
    expect(facts).toEqual(['no error, exception or fatal line in the last 30 min of 1 logs']);
  });
});
