import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { KafkaSource } from '../../adapters/kafka/source.ts';
import { establishedIn } from '../../adapters/nginx/connections.ts';
import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import { known } from '../../domain/reading.ts';
import { startNginx, type LocalNginx } from '../adapters/nginx/local-nginx.ts';
import { fixtureFor, type Fixture } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let nginx: LocalNginx;
let platform: LocalPlatform;
let balancer: LoadBalancerSpec;
let fixture: Fixture;
const service = 'api-gateway';
const write = { operationId: 'down/gateway/2', fencingToken: 5 };

beforeEach(async () => {
  nginx = await startNginx(0);
  platform = await startLocalPlatform(nginx.platform);
  for (let number = 1; number <= 3; number += 1) await platform.add(service);
  balancer = { ...nginx.spec, upstreamPort: platform.port };
  fixture = fixtureFor(platform, {}, balancer);
  await vi.waitFor(async () => readFile(nginx.pathOf('/run/nginx.pid'), 'utf8'));
});

afterEach(async () => {
  await nginx.stop();
  await platform.close();
});

const reload = (replicas: number) =>
  fixture.run((activities) => activities.reloadUpstream({ ...write, service, replicas }));
const drain = (replicas: number, drainMs: number, who = fixture) =>
  who.run((activities) => activities.drainReplicas({ ...write, service, replicas, drainMs }));
/** One request that every replica works on for a while. */
const holdAll = (ms: number): Promise<string[]> =>
  Promise.all(
    [1, 2, 3, 4, 5, 6].map(async () =>
      (await fetch(`${balancer.url}/hold/${ms}`, { headers: { connection: 'close' } })).text(),
    ),
  );
const stateOf = (index: number): string | undefined => platform.replicas[service]?.[index]?.state;

it('a replica is stopped when its last request was answered, not before', async () => {
  await reload(3);
  const answers = holdAll(1_200);
  await vi.waitFor(async () =>
    expect(establishedIn(await readFile('/proc/net/tcp', 'utf8'), platform.port, ['127.0.0.1'])).toBe(6),
  );
  await reload(2);
  const startedAtMs = performance.now();
  const { facts } = await drain(2, 10_000);
  expect(performance.now() - startedAtMs).toBeGreaterThan(300);
  expect(facts[0]).toMatch(/^127\.0\.1\.3 has no connection of nginx any more, after /);
  expect(facts[1]).toMatch(/^127\.0\.1\.3 ended by itself after .* with exit code 0$/);
  expect(new Set(await answers)).toEqual(new Set(['127.0.1.1', '127.0.1.2', '127.0.1.3']));
  expect([0, 1, 2].map(stateOf)).toEqual(['running', 'running', 'exited']);
});

it('a request that does not end is not waited for longer than the time that was given', async () => {
  await reload(3);
  const answers = Promise.allSettled([holdAll(2_000)]);
  await vi.waitFor(async () =>
    expect(establishedIn(await readFile('/proc/net/tcp', 'utf8'), platform.port, ['127.0.0.1'])).toBe(6),
  );
  await reload(2);
  const startedAtMs = performance.now();
  const { facts } = await drain(2, 300);
  expect(performance.now() - startedAtMs).toBeLessThan(1_500);
  expect(facts[0]).toMatch(
    /^127\.0\.1\.3 still has \d connections of the balancer after 300 ms: stopped all the same$/,
  );
  expect(stateOf(2)).toBe('exited');
  await answers;
});

it('doing it again finds nothing to do', async () => {
  await reload(2);
  await drain(2, 5_000);
  const { facts } = await drain(2, 5_000);
  expect(facts).toEqual(['api-gateway has no replica more than 2 that runs']);
});

it('nothing is stopped when the lease is lost', async () => {
  const lost = fixtureFor(platform, { isLeaseCurrent: async () => false }, balancer);
  await expect(drain(2, 1_000, lost)).rejects.toMatchObject({ type: 'LeaseLost' });
  expect(stateOf(2)).toBe('running');
});

it('waits until the group no longer has the consumer that was stopped', async () => {
  const members = [2, 2, 1];
  const kafka: KafkaSource = {
    groups: async () => ({
      'message-service-group': {
        group: 'message-service-group',
        topic: 'message-events',
        state: 'Stable',
        members: members.shift() ?? 1,
        partitions: 6,
        assignedMembers: 1,
        lagMessages: known(0, 'test'),
        assignedPartitions: 6,
        lagByPartition: [],
        assignment: 'a=0',
      },
    }),
    partitions: async () => ({}),
  };
  await platform.add('message-service');
  await platform.add('message-service');
  const { facts } = await fixtureFor(platform, { kafka }, balancer).run((activities) =>
    activities.drainReplicas({ ...write, service: 'message-service', replicas: 1, drainMs: 1_000 }),
  );
  expect(facts[1]).toMatch(/^group message-service-group has 1 member, \d+ ms after the end of it$/);
  expect(members).toEqual([]);
});
