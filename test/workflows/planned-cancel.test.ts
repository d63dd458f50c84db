import { afterAll, expect, test } from 'vitest';
import { rollbackSignal } from '../../workflows/contracts.ts';
import { gateAt, openStage, sharedEnvironment } from './env.ts';
import { HOUR, plan, quiet } from './planned-stage.ts';

/** On a real server: the one that skips time does not end activities that are cancelled side by side. */
const server = sharedEnvironment('dev');
afterAll(async () => (await server).teardown());

test('a rollback in the middle of an activity waits for its end, and puts everything back', async () => {
  await server;
  const stage = await openStage();
  quiet(stage);
  const scaling = gateAt(stage.world, 'scaleService message-service 5');
  const { handle } = await plan(stage, HOUR / 4);
  await scaling.reached;
  await handle.signal(rollbackSignal, { reason: 'called off' });
  scaling.open();
  expect(await handle.result()).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
  expect(stage.world.replicas).toMatchObject({
    'api-gateway': 1,
    'message-service': 1,
    'whatsapp-connector': 1,
  });
  expect(stage.world.composeFile).toEqual({});
  await stage.close();
});
