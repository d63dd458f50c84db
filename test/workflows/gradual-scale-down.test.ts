import type { WorkflowFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  abortSignal,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  rollbackSignal,
} from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';
import { calm, failure } from './world.ts';

const MINUTE = 60_000;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  scaleOut(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

/** After an event: three, three and two, with little to do. */
const scaleOut = ({ world }: Stage): void => {
  calm(world);
  world.replicas = {
    'api-gateway': 3,
    'message-service': 3,
    'whatsapp-connector': 2,
    'telegram-connector': 1,
  };
  world.upstream = { 'api-gateway': 3 };
};
const minimum = { to: 'minimum' };
const scaled = (): string[] => stage.world.calls.filter((call) => call.startsWith('scaleService'));
const untilPhase = (handle: Awaited<ReturnType<Stage['run']>>, phase: string): Promise<unknown> =>
  waitFor(async () => (await handle.query(progressQuery)).phase === phase, {
    timeoutMs: 10_000,
    what: `phase ${phase}`,
  });

describe('gradualScaleDown', () => {
  test('takes one replica at a time, in reverse priority, after 15 stable minutes and with 5 min in between', async () => {
    const handle = await stage.run('gradualScaleDown', minimum);
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(scaled()).toEqual([
      'scaleService whatsapp-connector 1',
      'scaleService message-service 2',
      'scaleService message-service 1',
      'scaleService api-gateway 2',
      'scaleService api-gateway 1',
    ]);
    expect(result.replicasBefore).toEqual({
      'api-gateway': 3,
      'message-service': 3,
      'whatsapp-connector': 2,
    });
    expect(result.replicasAfter).toEqual({
      'api-gateway': 1,
      'message-service': 1,
      'whatsapp-connector': 1,
    });
    const [stable, ...steps] = result.steps;
    expect(stable).toMatchObject({ id: 'stable-traffic', status: 'done' });
    expect((stable?.endedAtMs ?? 0) - (stable?.startedAtMs ?? 0)).toBeGreaterThanOrEqual(15 * MINUTE);
    const downs = steps.filter(({ id }) => id.startsWith('down-'));
    const gaps = downs
      .slice(1)
      .map(({ startedAtMs = 0 }, index) => startedAtMs - (downs[index]?.endedAtMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(Math.max(...gaps)).toBeLessThan(6 * MINUTE);
    expect(result.endedAtMs - result.startedAtMs).toBeGreaterThanOrEqual(40 * MINUTE);
    expect((await handle.fetchHistory()).events?.length).toBeLessThan(400);
  });

  test('holds, with nothing changed, where the procedure that was named does not tell what ran before it', async () => {
    const result = await (await stage.run('gradualScaleDown', { procedureId: 'never-was' })).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'InvalidInput' });
    expect(result.reason).toMatch(/^nothing was changed: never-was has no plan.*to: minimum/);
    expect(scaled()).toEqual([]);
  });

  test('takes a replica out of the balancer, empties and stops it, and only then removes it', async () => {
    await (await stage.run('gradualScaleDown', { targets: { 'api-gateway': 2 } })).result();
    const ofGateway = stage.world.calls.filter((call) =>
      /^(reloadUpstream|drainReplicas|scaleService|waitForReplicas) api-gateway/.test(call),
    );
    expect(ofGateway).toEqual([
      'reloadUpstream api-gateway 2',
      'drainReplicas api-gateway 2',
      'scaleService api-gateway 2',
      'waitForReplicas api-gateway 2',
    ]);
  });

  test('goes back to what ran before the last incident, not to the minimum', async () => {
    stage.world.replicas = {
      ...stage.world.replicas,
      'api-gateway': 1,
      'message-service': 2,
      'whatsapp-connector': 1,
    };
    await (await stage.start()).result();
    stage.world.calls.length = 0;
    const result = await (await stage.run('gradualScaleDown')).result();
    expect(result.outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({
      'api-gateway': 1,
      'message-service': 2,
      'whatsapp-connector': 1,
    });
  });

  test('brings the replica that went back when a gate fails, and holds', async () => {
    stage.world.verdicts = ['pass', 'pass', 'fail'];
    const result = await (await stage.run('gradualScaleDown', minimum)).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'GateFailed' });
    expect(scaled().slice(-2)).toEqual(['scaleService message-service 1', 'scaleService message-service 2']);
    expect(result.replicasAfter).toEqual({
      'api-gateway': 3,
      'message-service': 2,
      'whatsapp-connector': 1,
    });
    const ids = result.steps.map(({ id, status }) => `${id} ${status}`);
    expect(ids.slice(ids.indexOf('soak-down-message-service-1 failed'))).toEqual([
      'soak-down-message-service-1 failed',
      'back-message-service-2 done',
      'down-api-gateway-2 pending',
      'down-api-gateway-1 pending',
    ]);
    expect(result.steps.find(({ id }) => id === 'soak-down-message-service-1')?.soak).toMatchObject({
      verdict: 'fail',
    });
  });

  test('a gateway that comes back is ready before the balancer knows it', async () => {
    stage.world.verdicts = ['fail'];
    await (await stage.run('gradualScaleDown', { targets: { 'api-gateway': 2 } })).result();
    expect(stage.world.upstream['api-gateway']).toBe(3);
    expect(stage.world.calls.filter((call) => call.endsWith('api-gateway 3'))).toEqual([
      'scaleService api-gateway 3',
      'waitForReplicas api-gateway 3',
      'reloadUpstream api-gateway 3',
      'proveEveryReplicaReached api-gateway 3',
    ]);
  });

  test('brings all of them back where that was asked for', async () => {
    stage.world.verdicts = ['pass', 'fail'];
    const input = { ...minimum, onFailure: 'rollback' };
    const result = await (await stage.run('gradualScaleDown', input)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: 'GateFailed' });
    expect(stage.world.replicas).toMatchObject({ 'message-service': 3, 'whatsapp-connector': 2 });
  });

  test('brings the replica back when its step cannot go on', async () => {
    stage.world.before = (call) => {
      if (call === 'waitForRebalance message-service-group 2') throw failure('GroupNotStable');
    };
    const result = await (await stage.run('gradualScaleDown', minimum)).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'GroupNotStable' });
    expect(stage.world.replicas).toMatchObject({ 'message-service': 3, 'whatsapp-connector': 1 });
  });

  test('changes nothing while traffic is not stable, and says so', async () => {
    const sentence = 'traffic is not stable: 40 % up over 15 min';
    stage.world.traffic = { stable: false, sentence, seen: 15, slots: 15 };
    const result = await (await stage.run('gradualScaleDown', minimum)).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'TrafficNotStable' });
    expect(result.reason).toContain(sentence);
    expect(result.endedAtMs - result.startedAtMs).toBeGreaterThanOrEqual(60 * MINUTE);
    expect(scaled()).toEqual([]);
    expect(stage.world.calls).not.toContain('requestLease whatsapp-connector message-service api-gateway');
  });

  test('changes nothing when traffic cannot be read', async () => {
    stage.world.traffic = { stable: 'unknown', sentence: 'no replica answered', seen: 3, slots: 15 };
    const result = await (await stage.run('gradualScaleDown', minimum)).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'TrafficNotStable' });
    expect(scaled()).toEqual([]);
  });

  test('refuses a target below the minimum and a platform that is not healthy', async () => {
    stage.world.p95Ms = 4_000;
    const result = await (
      await stage.run('gradualScaleDown', { targets: { 'api-gateway': 1, nobody: 1 } })
    ).result();
    expect(result.outcome).toBe('rejected');
    expect(result.refusals.map(({ rule }) => rule).sort()).toEqual(['unhealthy-now', 'unknown-service']);
    expect(scaled()).toEqual([]);
  });

  test('an inconclusive gate waits for a person, who promotes it', async () => {
    stage.world.verdicts = ['inconclusive'];
    const handle = await stage.run('gradualScaleDown', {
      targets: { 'whatsapp-connector': 1, 'message-service': 2 },
    });
    await stage.env.sleep('21m');
    await untilPhase(handle, 'paused');
    const { waitingFor } = await handle.query(progressQuery);
    expect(waitingFor).toContain('the world says inconclusive');
    expect(scaled()).toEqual(['scaleService whatsapp-connector 1']);
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    expect(result.steps.flatMap(({ facts }) => facts)).toContain('promoted by ann');
  });

  test('an inconclusive gate that a person does not promote ends by abort', async () => {
    stage.world.verdicts = ['inconclusive'];
    const handle = await stage.run('gradualScaleDown', minimum);
    await stage.env.sleep('21m');
    await untilPhase(handle, 'paused');
    await handle.signal(abortSignal, { mode: 'hold', reason: 'not enough traffic' });
    expect(await handle.result()).toMatchObject({ outcome: 'held', reason: 'not enough traffic' });
    expect(stage.world.replicas['whatsapp-connector']).toBe(1);
  });

  test('says until when it soaks', async () => {
    const handle = await stage.run('gradualScaleDown', minimum);
    await stage.env.sleep('17m');
    await untilPhase(handle, 'soaking');
    const { waitingFor } = await handle.query(progressQuery);
    expect(waitingFor).toMatch(/^the end of the soak .* at 2\d{3}-\d\d-\d\dT[\d:.]+Z \(5 min\)$/);
    await handle.signal(abortSignal, { mode: 'hold', reason: 'enough' });
    await handle.result();
  });

  test('rollback in the middle of a soak brings all of them back', async () => {
    const handle = await stage.run('gradualScaleDown', minimum);
    await stage.env.sleep('22m');
    await untilPhase(handle, 'soaking');
    await handle.signal(rollbackSignal, { reason: 'traffic comes back' });
    await handle.signal(rollbackSignal, { reason: 'traffic comes back' });
    const result = await handle.result();
    expect(result.outcome).toBe('rolled_back');
    expect(stage.world.replicas).toMatchObject({ 'message-service': 3, 'whatsapp-connector': 2 });
  });

  test.each([
    ['while traffic is watched', '5m', 2],
    ['while it watches after the first', '17m', 1],
  ])('abort with hold %s leaves what is there', async (_when, after, connectors) => {
    const handle = await stage.run('gradualScaleDown', minimum);
    await stage.env.sleep(after);
    await untilPhase(handle, 'soaking');
    await handle.signal(abortSignal, { mode: 'hold', reason: 'look first' });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'held', reason: 'look first' });
    expect(result.replicasAfter).toEqual({
      'api-gateway': 3,
      'message-service': 3,
      'whatsapp-connector': connectors,
    });
  });

  test('abort with rollback while a replica drains starts it again', async () => {
    const drains = gateAt(stage.world, 'drainReplicas message-service 2');
    const handle = await stage.run('gradualScaleDown', minimum);
    // Time is skipped while somebody waits for the result.
    const ended = handle.result();
    await drains.reached;
    await handle.signal(abortSignal, { mode: 'rollback', reason: 'traffic comes back' });
    expect(await ended).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
    expect(scaled().slice(-3)).toEqual([
      'scaleService message-service 3',
      // Its step is put back as a whole: what was removed, and what was stopped.
      'scaleService whatsapp-connector 2',
      'scaleService whatsapp-connector 2',
    ]);
    expect(stage.world.replicas).toMatchObject({ 'message-service': 3, 'whatsapp-connector': 2 });
  });

  test('every error in a gate is told with its path', async () => {
    const rules = [
      { metric: 'weather', below: 1 },
      { metric: 'p95Ms', below: -1, tolerated: 0.5 },
    ];
    const handle = await stage.run('gradualScaleDown', { gate: { rules } });
    const failed = await handle.result().catch((error: unknown) => error);
    const cause = (failed as WorkflowFailedError).cause as ApplicationFailure;
    const [{ errors }] = cause.details as [{ errors: { path: string }[] }];
    expect(errors.map(({ path }) => path)).toEqual([
      'gate.rules.0.metric',
      'gate.rules.1.below',
      'gate.rules.1.tolerated',
    ]);
  });

  test('pause in a soak watches to its end and takes no replica more until resume', async () => {
    const handle = await stage.run('gradualScaleDown', minimum);
    await stage.env.sleep('17m');
    await untilPhase(handle, 'soaking');
    await handle.executeUpdate(pauseUpdate, { args: [{ by: 'ann' }] });
    await stage.env.sleep('30m');
    await untilPhase(handle, 'paused');
    expect(scaled()).toEqual(['scaleService whatsapp-connector 1']);
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
    expect((await handle.result()).outcome).toBe('completed');
  });
});
