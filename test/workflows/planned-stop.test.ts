import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  abortSignal,
  leaseTableQuery,
  leaseWorkflowId,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  rollbackSignal,
} from '../../workflows/contracts.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, plan, quiet, scaled, untilPhase } from './planned-stage.ts';
import { failure } from './world.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const single = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };
const stays = { afterEvent: { scaleDown: false } };
const nobodyHolds = async (): Promise<void> => {
  const lease = stage.env.client.workflow.getHandle(leaseWorkflowId(stage.environment));
  // Where nothing was ever changed nobody has asked for a lease.
  const table = await lease.query(leaseTableQuery).catch(() => undefined);
  expect(table?.held ?? []).toEqual([]);
};

describe('a stop of a planned procedure', () => {
  test.each([
    ['while it waits for the first wave', '30m', 'waiting', { ...single }],
    ['in the soak of the first wave', '65m', 'soaking', { ...single, 'api-gateway': 2 }],
    ['while it waits for the second wave', '90m', 'waiting', { ...single, 'api-gateway': 2 }],
    ['in the event', '200m', 'waiting', { ...single, 'api-gateway': 3 }],
  ] as const)('%s: hold leaves what is there, rollback puts it back', async (_when, after, phase, there) => {
    for (const mode of ['hold', 'rollback'] as const) {
      const { handle } = await plan(stage, 3 * HOUR, { targets: { 'api-gateway': 3 } });
      await stage.env.sleep(after);
      await untilPhase(handle, phase);
      await handle.signal(abortSignal, { mode, reason: 'called off' });
      await handle.signal(abortSignal, { mode, reason: 'called off' });
      const result = await handle.result();
      expect(result).toMatchObject({
        outcome: mode === 'hold' ? 'held' : 'rolled_back',
        reason: 'called off',
        leftOver: [],
      });
      expect(stage.world.replicas).toMatchObject(mode === 'hold' ? there : single);
      expect(Object.keys(stage.world.composeFile)).toEqual(
        mode === 'rollback' || (phase === 'waiting' && after === '30m') ? [] : ['api-gateway'],
      );
      await nobodyHolds();
      stage.world.replicas = { ...stage.world.replicas, ...single };
      stage.world.composeFile = {};
    }
  });

  test('a rollback while it waits takes the lease before it undoes, each service in one step', async () => {
    const { handle } = await plan(stage, 3 * HOUR);
    await stage.env.sleep('200m');
    await untilPhase(handle, 'waiting');
    stage.world.calls.length = 0;
    await handle.signal(rollbackSignal, { reason: 'the event is cancelled' });
    expect(await handle.result()).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
    const changes = stage.world.calls.filter((call) =>
      /^(requestLease|scaleService|restore|releaseLease)/.test(call),
    );
    expect(changes[0]).toMatch(/^requestLease/);
    expect(changes.at(-1)).toBe('releaseLease');
    expect(scaled(stage).sort()).toEqual(['api-gateway 1', 'message-service 1', 'whatsapp-connector 1']);
    expect(changes.filter((call) => call.startsWith('restore'))).toHaveLength(3);
    expect(stage.world.upstream['api-gateway']).toBe(1);
  });

  test('a rollback leaves alone what somebody else has scaled up since', async () => {
    const { handle } = await plan(stage, 3 * HOUR);
    await stage.env.sleep('90m');
    await untilPhase(handle, 'waiting');
    stage.world.replicas['api-gateway'] = 6;
    await handle.signal(rollbackSignal, { reason: 'called off' });
    const result = await handle.result();
    expect(result.outcome).toBe('partially_rolled_back');
    expect(result.leftOver.join()).toContain('api-gateway has 6 replicas');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 6, 'message-service': 1 });
  });

  test('a regression in a gate rolls back by itself, to what ran before the first wave', async () => {
    stage.world.verdicts = ['pass', 'fail'];
    const { handle } = await plan(stage, 3 * HOUR);
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: 'GateFailed', leftOver: [] });
    expect(stage.world.replicas).toMatchObject(single);
    expect(stage.world.composeFile).toEqual({});
    expect(result.steps.find(({ id }) => id === 'wave-1-message-service')?.status).toBe('undone');
    await nobodyHolds();
  });

  test('an inconclusive gate waits for a person', async () => {
    stage.world.verdicts = ['inconclusive'];
    const { handle } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('80m');
    await untilPhase(handle, 'paused');
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
    expect((await handle.result()).outcome).toBe('completed');
  });

  test('a step that cannot go on rolls back, or holds where that was asked for', async () => {
    stage.world.before = (call) => {
      if (call === 'waitForReplicas message-service 4') throw failure('ReplicaNotReady');
    };
    const back = await plan(stage, 3 * HOUR);
    expect(await back.handle.result()).toMatchObject({ outcome: 'rolled_back', code: 'ReplicaNotReady' });
    expect(stage.world.replicas).toMatchObject(single);
    const hold = await plan(stage, 3 * HOUR, { onFailure: 'hold' });
    expect(await hold.handle.result()).toMatchObject({ outcome: 'held', code: 'ReplicaNotReady' });
    expect(stage.world.replicas).toMatchObject({ 'message-service': 4 });
  });
});

describe('a planned procedure beside others', () => {
  test('pause over two waves: after resume only the newest is carried out', async () => {
    const { handle } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('30m');
    await untilPhase(handle, 'waiting');
    await handle.executeUpdate(pauseUpdate, { args: [{ by: 'ann' }] });
    await stage.env.sleep('105m');
    await untilPhase(handle, 'paused');
    expect(scaled(stage)).toEqual([]);
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
    await stage.env.sleep('5m');
    expect(scaled(stage).sort()).toEqual(['api-gateway 2', 'message-service 4', 'whatsapp-connector 2']);
    const { steps } = await handle.query(progressQuery);
    expect(steps.find(({ id }) => id === 'wave-1-api-gateway')?.status).toBe('skipped');
    expect((await handle.result()).outcome).toBe('completed');
  });

  test('an incident in a soak goes first; the wave makes way and the rest of the ramp goes on from what it left', async () => {
    const { handle } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('65m');
    await untilPhase(handle, 'soaking');
    const incident = await stage.start({ targets: { 'api-gateway': 4 } });
    await untilPhase(incident, 'done');
    expect((await incident.result()).outcome).toBe('completed');
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    expect(scaled(stage)).not.toContain('api-gateway 3');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 4, 'message-service': 5 });
  });

  test('an incident between two waves is no drift: the next wave goes on from what it left', async () => {
    const { handle } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('30m');
    await untilPhase(handle, 'waiting');
    const incident = await stage.start({ targets: { 'api-gateway': 2 } });
    await incident.result();
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 3, 'message-service': 5 });
  });

  test('a worker that knows nothing but the history changes nothing, at whatever step it comes', async () => {
    await stage.close();
    stage = await openStage({ forgetful: true });
    quiet(stage);
    const { handle } = await plan(stage, 3 * HOUR);
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    expect(scaled(stage)).toHaveLength(7 + 8);
    expect(stage.world.replicas).toMatchObject(single);
  }, 115_000);
});
