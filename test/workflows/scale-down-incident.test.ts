import { afterAll, expect, test } from 'vitest';
import { progressQuery } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, openStage, sharedEnvironment } from './env.ts';
import { calm } from './world.ts';

/** On a real server: the one that skips time loses count of it where procedures queue for a lease. */
const server = sharedEnvironment('dev');
afterAll(async () => (await server).teardown());

test('an incident in the middle of a soak gets the services at once, and finds what is there', async () => {
  await server;
  const stage = await openStage();
  calm(stage.world);
  stage.world.replicas = { 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 };
  stage.world.upstream = { 'api-gateway': 3 };
  const soak = gateAt(stage.world, 'watchGate api-gateway message-service whatsapp-connector');
  const down = await stage.run('gradualScaleDown', { to: 'minimum' });
  await waitFor(() => stage.world.calls.find((call) => call.startsWith('watchGate')), {
    timeoutMs: 20_000,
    what: 'a soak',
  });
  const incident = await stage.start({ targets: { 'api-gateway': 4 } });
  await waitFor(async () => (await incident.query(progressQuery)).phase === 'done', {
    timeoutMs: 30_000,
    what: 'the end of the incident',
  });
  expect(await down.result()).toMatchObject({ outcome: 'held', code: 'LeaseLost' });
  expect((await incident.result()).outcome).toBe('completed');
  expect(stage.world.replicas).toMatchObject({ 'api-gateway': 4 });
  soak.open();
  await stage.close();
});
