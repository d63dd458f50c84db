import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  abortSignal,
  approveUpdate,
  explainQuery,
  pauseUpdate,
  planQuery,
  progressQuery,
  rejectUpdate,
  resumeUpdate,
  rollbackSignal,
} from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';
import { failure } from './world.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const writes = (): string[] =>
  stage.world.calls.filter((call) => /^(scaleService|reloadUpstream)/.test(call));

describe('emergencyScaling', () => {
  test('scales gateway, message-service and the busiest connector to 3, 3 and 2, and says what it did', async () => {
    const result = await (await stage.start()).result();
    expect(result.outcome).toBe('completed');
    expect(result.replicasBefore).toEqual({
      'api-gateway': 1,
      'message-service': 1,
      'whatsapp-connector': 1,
    });
    expect(result.replicasAfter).toEqual({ 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 });
    expect(result.finding).toContain('api-gateway');
    expect(result.steps.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
    expect(result.effectiveness?.reached).toBe(true);
    expect(stage.world.replicas['telegram-connector']).toBe(1);
  });

  test('tells the balancer only of replicas that are ready, and proves that each is reached', async () => {
    await (await stage.start()).result();
    const gateway = stage.world.calls.filter((call) => call.includes('api-gateway 3'));
    expect(gateway).toEqual([
      'scaleService api-gateway 3',
      'waitForReplicas api-gateway 3',
      'reloadUpstream api-gateway 3',
      'proveEveryReplicaReached api-gateway 3',
      // Once more in 1.5, of the old replicas too, when the load is off them.
      'proveEveryReplicaReached api-gateway 3',
    ]);
  });

  test('a dry run gives the plan, takes no lease and changes nothing', async () => {
    const handle = await stage.start({ dryRun: true });
    const result = await handle.result();
    expect(result.outcome).toBe('no_change');
    expect((await handle.query(planQuery))?.steps).toHaveLength(3);
    expect(writes()).toEqual([]);
    expect(stage.world.calls.some((call) => call.startsWith('requestLease'))).toBe(false);
  });

  test('a platform that already runs the targets is left alone', async () => {
    stage.world.replicas = {
      ...stage.world.replicas,
      'api-gateway': 3,
      'message-service': 3,
      'whatsapp-connector': 2,
    };
    const result = await (await stage.start()).result();
    expect(result.outcome).toBe('no_change');
    expect(result.notes.map(({ message }) => message).join()).toContain('already runs 3');
    expect(writes()).toEqual([]);
  });

  test('every error of an input is told at once, with its path', async () => {
    const handle = await stage.start({ targets: { 'api-gateway': 0, 'a;b': 2 }, nonsense: 1 } as never);
    const error = await handle.result().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const cause = (error as WorkflowFailedError).cause as ApplicationFailure;
    expect(cause.type).toBe('InvalidInput');
    const [{ errors }] = cause.details as [{ errors: { path: string }[] }];
    expect(errors.map(({ path }) => path).sort()).toEqual(['nonsense', 'targets.a;b', 'targets.api-gateway']);
    expect(stage.world.calls).toEqual([]);
  });

  test('an unknown service is refused with its path, and nothing is changed', async () => {
    const result = await (await stage.start({ targets: { 'no-such': 3 } })).result();
    expect(result.outcome).toBe('rejected');
    expect(result.refusals.map(({ path }) => path)).toContain('targets.no-such');
    expect(writes()).toEqual([]);
  });

  test('with approval asked for, only the hash of the shown plan lets it begin', async () => {
    const handle = await stage.start({ approval: 'required' });
    await waitFor(async () => (await handle.query(progressQuery)).phase === 'awaiting_approval', {
      timeoutMs: 10_000,
      what: 'the plan waits for approval',
    });
    await expect(
      handle.executeUpdate(approveUpdate, { args: [{ planHash: 'wrong', by: 'ann' }] }),
    ).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(writes()).toEqual([]);
    const plan = await handle.query(planQuery);
    await handle.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'ann' }] });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', approvedBy: 'ann' });
  });

  test('a rejected plan changes nothing', async () => {
    const handle = await stage.start({ approval: 'required' });
    await waitFor(async () => (await handle.query(progressQuery)).phase === 'awaiting_approval', {
      timeoutMs: 10_000,
      what: 'the plan waits for approval',
    });
    await handle.executeUpdate(rejectUpdate, { args: [{ by: 'ann', reason: 'not now' }] });
    expect(await handle.result()).toMatchObject({ outcome: 'rejected', reason: 'rejected by ann: not now' });
    expect(writes()).toEqual([]);
  });

  test('an approval that nobody gives runs out', async () => {
    const handle = await stage.start({ approval: 'required', approvalTimeoutMs: 3_600_000 });
    expect(await handle.result()).toMatchObject({
      outcome: 'rejected',
      reason: 'nobody approved within 60 min',
    });
  });

  test('abort with hold leaves what is there, also in the middle of an activity', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas message-service 3');
    const handle = await stage.start();
    await gate.reached;
    await handle.signal(abortSignal, { mode: 'hold', reason: 'look first' });
    const result = await handle.result();
    expect(result.outcome).toBe('held');
    expect(result.replicasAfter).toEqual({ 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 1 });
  });

  test('rollback in the middle puts the snapshot back, the balancer before the replicas', async () => {
    const gate = gateAt(stage.world, 'waitForRebalance message-service-group 3');
    const handle = await stage.start();
    await gate.reached;
    await handle.signal(rollbackSignal, { reason: 'wrong platform' });
    await handle.signal(rollbackSignal, { reason: 'wrong platform' });
    const result = await handle.result();
    expect(result.outcome).toBe('rolled_back');
    expect(result.replicasAfter).toEqual({ 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 });
    expect(stage.world.upstream['api-gateway']).toBe(1);
    expect(writes().slice(-3)).toEqual([
      'scaleService message-service 1',
      'reloadUpstream api-gateway 1',
      'scaleService api-gateway 1',
    ]);
  });

  test('a cancel from the Temporal UI is an abort with rollback', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas message-service 3');
    const handle = await stage.start();
    await gate.reached;
    await handle.cancel();
    const result = await handle.result();
    expect(result.outcome).toBe('rolled_back');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  });

  test('a step that cannot go on is rolled back by itself', async () => {
    stage.world.before = (call) => {
      if (call === 'waitForReplicas message-service 3')
        throw failure('ReplicaCrashed', 'message-service-2 exited 1');
    };
    const result = await (await stage.start()).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: 'ReplicaCrashed' });
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  });

  test('a step that cannot go on is held where that was asked for', async () => {
    stage.world.before = (call) => {
      if (call === 'waitForReplicas message-service 3') throw failure('ReplicaCrashed');
    };
    const result = await (await stage.start({ onFailure: 'hold' })).result();
    expect(result.outcome).toBe('held');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 3, 'message-service': 3 });
  });

  test('what cannot be undone is said, and the rest is put back all the same', async () => {
    stage.world.before = (call) => {
      if (call === 'waitForReplicas message-service 3') throw failure('ReplicaCrashed');
      if (call === 'scaleService message-service 1') throw failure('NotScalable', 'engine refuses');
    };
    const result = await (await stage.start()).result();
    expect(result.outcome).toBe('partially_rolled_back');
    expect(result.leftOver).toEqual(['message-service: 3 -> 1 replica: NotScalable: engine refuses']);
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 3 });
  });

  test('a lag that does not fall yet is said and does not undo the scale-up', async () => {
    stage.world.before = (call) => {
      if (call.startsWith('waitForLagToFall')) throw failure('LagNotFalling', 'still 4000');
    };
    const result = await (await stage.start()).result();
    expect(result.outcome).toBe('completed');
    expect(result.steps.flatMap(({ facts }) => facts).join()).toContain('does not fall yet: still 4000');
  });

  test('drift between the plan and a step stops it before the step, and says so', async () => {
    stage.world.before = (call) => {
      if (call === 'scaleService api-gateway 3') stage.world.replicas['message-service'] = 5;
    };
    const result = await (await stage.start()).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'Drift' });
    expect(stage.world.replicas['message-service']).toBe(5);
  });

  test('a service that somebody else brought to its target meanwhile is not undone', async () => {
    stage.world.before = (call) => {
      if (call === 'scaleService api-gateway 3') stage.world.replicas['message-service'] = 3;
      if (call === 'waitForRebalance whatsapp-connector-group 2') throw failure('GroupNotStable');
    };
    const result = await (await stage.start()).result();
    expect(result.outcome).toBe('rolled_back');
    expect(stage.world.replicas).toMatchObject({
      'api-gateway': 1,
      'message-service': 3,
      'whatsapp-connector': 1,
    });
  });

  test('pause finishes the step in work and holds the next until resume', async () => {
    const gate = gateAt(stage.world, 'proveEveryReplicaReached api-gateway 3');
    const handle = await stage.start();
    await gate.reached;
    await handle.executeUpdate(pauseUpdate, { args: [{ by: 'ann' }] });
    gate.open();
    await waitFor(async () => (await handle.query(progressQuery)).phase === 'paused', {
      timeoutMs: 10_000,
      what: 'it is paused',
    });
    expect(stage.world.calls).not.toContain('scaleService message-service 3');
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
    expect((await handle.result()).outcome).toBe('completed');
  });

  test('explain says why each step is there', async () => {
    const handle = await stage.start({ targets: { 'api-gateway': 4 } });
    await handle.result();
    const text = (await handle.query(explainQuery)).join('\n');
    expect(text).toContain('api-gateway is the bottleneck');
    expect(text).toContain('4 replicas of api-gateway were asked for');
  });

  test('a procedure for another environment is refused', async () => {
    const result = await (await stage.start({ environment: 'elsewhere' })).result();
    expect(result).toMatchObject({ outcome: 'failed', code: 'InvalidInput' });
    expect(writes()).toEqual([]);
  });
});
