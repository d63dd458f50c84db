import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import { startNginx, type LocalNginx } from '../adapters/nginx/local-nginx.ts';
import { fixtureFor, type Fixture } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let nginx: LocalNginx;
let platform: LocalPlatform;
let balancer: LoadBalancerSpec;
let fixture: Fixture;
const service = 'api-gateway';
const write = { operationId: 'incident/gateway/2', fencingToken: 5 };

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

const reload = (replicas: number, who = fixture) =>
  who.run((activities) => activities.reloadUpstream({ ...write, service, replicas }));
const prove = (replicas: number, timeoutMs = 5_000) =>
  fixture.run((activities) => activities.proveEveryReplicaReached({ service, replicas, timeoutMs }));

it('a reload brings every replica behind the balancer, and the probes prove it', async () => {
  const { facts } = await reload(3);
  expect(facts).toEqual(['local-nginx-1 reloaded, api_gateway has 127.0.1.1, 127.0.1.2, 127.0.1.3']);
  const proof = await prove(3);
  expect(proof.facts).toHaveLength(3);
  for (const fact of proof.facts) expect(fact).toMatch(/^127\.0\.1\.\d answered [1-9]\d* of \d+ probes/);
});

it('a replica that is not in the upstream is named as not reached', async () => {
  await reload(2);
  await expect(prove(3, 600)).rejects.toMatchObject({
    type: 'UpstreamNotReached',
    nonRetryable: false,
    details: [{ missing: ['127.0.1.3'] }],
  });
});

it('fewer replicas than run drains the newest', async () => {
  await reload(3);
  await reload(1);
  await prove(1);
  expect(await readFile(nginx.pathOf(balancer.configFile), 'utf8')).not.toContain('127.0.1.2');
});

it('nothing is written when the lease is lost, or fewer replicas run than shall stand there', async () => {
  const lost = fixtureFor(platform, { isLeaseCurrent: async () => false }, balancer);
  await expect(reload(2, lost)).rejects.toMatchObject({ type: 'LeaseLost' });
  await expect(reload(4)).rejects.toMatchObject({ type: 'ReplicaNotReady' });
  expect(nginx.commands).toEqual([]);
});

it('a service without a balancer has none to reload', async () => {
  await expect(
    fixture.run((activities) =>
      activities.reloadUpstream({ ...write, service: 'message-service', replicas: 1 }),
    ),
  ).rejects.toMatchObject({ type: 'UnknownService' });
});

it('one request through the front door shows that it works, or what is wrong', async () => {
  await reload(1);
  expect((await fixture.run((activities) => activities.checkFunction())).facts).toEqual([
    `${balancer.url}/actuator/health answered`,
  ]);
  await platform.close();
  await expect(fixture.run((activities) => activities.checkFunction())).rejects.toMatchObject({
    type: 'UpstreamNotReached',
    message: expect.stringContaining('answered 502') as string,
  });
});
