import { afterAll, expect, test } from 'vitest';
import {
  abortSignal,
  leaseTableQuery,
  leaseWorkflowId,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  rollbackSignal,
} from '../../workflows/contracts.ts';
import { gateAt, openStage, sharedEnvironment } from './env.ts';
import { HOUR, plan, quiet, untilPhase } from './planned-stage.ts';

/** On a real server: the one that skips time does not end activities that are cancelled side by side. */
const server = sharedEnvironment('dev');
afterAll(async () => (await server).teardown());
const SECOND = 1_000;

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

test('abort with hold on the way down stops it where it is, and leaves that', async () => {
  await server;
  const stage = await openStage();
  quiet(stage);
  const draining = gateAt(stage.world, 'drainReplicas message-service 4');
  const { handle } = await plan(stage, 3 * SECOND, { event: { lengthMs: SECOND } });
  await draining.reached;
  await handle.signal(abortSignal, { mode: 'hold', reason: 'traffic comes back' });
  const result = await handle.result();
  expect(result).toMatchObject({ outcome: 'held', reason: 'traffic comes back' });
  const down = stage.env.client.workflow.getHandle(`${handle.workflowId}-down`);
  expect(await down.result()).toMatchObject({ outcome: 'held' });
  expect(stage.world.replicas['message-service']).toBe(5);
  const lease = stage.env.client.workflow.getHandle(leaseWorkflowId(stage.environment));
  expect((await lease.query(leaseTableQuery)).held).toEqual([]);
  await stage.close();
});

test('rollback on the way down stops it where it is, and puts the rest back', async () => {
  await server;
  const stage = await openStage();
  quiet(stage);
  const draining = gateAt(stage.world, 'drainReplicas message-service 4');
  const { handle } = await plan(stage, 3 * SECOND, { event: { lengthMs: SECOND } });
  await draining.reached;
  await handle.signal(rollbackSignal, { reason: 'all of it, now' });
  draining.open();
  expect(await handle.result()).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
  expect(stage.world.replicas).toMatchObject({
    'api-gateway': 1,
    'message-service': 1,
    'whatsapp-connector': 1,
  });
  expect(stage.world.composeFile).toEqual({});
  await stage.close();
});

test('a pause reaches the way down, and so does resume', async () => {
  await server;
  const stage = await openStage();
  quiet(stage);
  const draining = gateAt(stage.world, 'drainReplicas message-service 4');
  const { handle } = await plan(stage, 3 * SECOND, { event: { lengthMs: SECOND } });
  await draining.reached;
  await handle.executeUpdate(pauseUpdate, { args: [{ by: 'ann' }] });
  draining.open();
  const down = stage.env.client.workflow.getHandle<typeof handle.result>(`${handle.workflowId}-down`);
  await untilPhase(down, 'paused');
  await untilPhase(handle, 'paused');
  expect((await handle.query(progressQuery)).waitingFor).toContain('resume (paused by ann)');
  expect(stage.world.replicas['message-service']).toBe(4);
  await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  expect(stage.world.replicas['message-service']).toBe(1);
  await stage.close();
});
