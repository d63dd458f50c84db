import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { approveUpdate, planQuery, progressQuery, rejectUpdate } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';
import { failure } from './world.ts';

let stage: Stage;
beforeEach(async () => {
  await sharedEnvironment('dev');
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const rootCauseOf = ({ steps }: ProcedureResult) => steps.find(({ id }) => id === 'root-cause');

describe('emergencyRollback', () => {
  test('puts back what ran before the incident, not one each', async () => {
    stage.world.replicas['message-service'] = 2;
    await (await stage.start()).result();
    expect(stage.world.replicas).toMatchObject({
      'api-gateway': 3,
      'message-service': 3,
      'whatsapp-connector': 2,
    });
    const result = await (await stage.rollback({ stabilizeMs: 10 })).result();
    expect(result.outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({
      'api-gateway': 1,
      'message-service': 2,
      'whatsapp-connector': 1,
    });
    expect(stage.world.upstream['api-gateway']).toBe(1);
  });

  test('takes the new gateways out of the balancer before it stops them', async () => {
    await (await stage.start()).result();
    stage.world.calls.length = 0;
    await (await stage.rollback({ stabilizeMs: 10 })).result();
    const gateway = stage.world.calls.filter((call) =>
      /^(reloadUpstream|scaleService) api-gateway/.test(call),
    );
    expect(gateway).toEqual(['reloadUpstream api-gateway 1', 'scaleService api-gateway 1']);
  });

  test('checks health and function afterwards, and brings the root cause from the logs', async () => {
    await (await stage.start()).result();
    const result = await (await stage.rollback({ stabilizeMs: 10 })).result();
    expect(result.steps.slice(-2).map(({ id, status }) => `${id} ${status}`)).toEqual([
      'health done',
      'function done',
    ]);
    expect(rootCauseOf(result)).toMatchObject({ status: 'done', facts: ['3x ERROR: pool exhausted'] });
  });

  test('reads the logs for the root cause before it takes anything away with its log', async () => {
    await (await stage.start()).result();
    stage.world.calls.length = 0;
    const result = await (await stage.rollback({ stabilizeMs: 10 })).result();
    const { calls } = stage.world;
    const firstWrite = calls.findIndex((call) => /^(scaleService|reloadUpstream)/.test(call));
    expect(calls.indexOf('excerptErrors')).toBeLessThan(firstWrite);
    expect(calls.filter((call) => call === 'excerptErrors')).toHaveLength(1);
    expect(result.steps[0]?.id).toBe('root-cause');
  });

  test.each([
    ['health', 'waitForReplicas message-service 1', 'ReplicaCrashed'],
    ['function', 'checkFunction', 'UpstreamNotReached'],
  ])('whose check of %s fails is held, and still brings the root cause', async (id, call, type) => {
    await (await stage.start()).result();
    let seen = 0;
    stage.world.before = (now) => {
      if (now !== call) return;
      seen += 1;
      // The step itself looks once too.
      if (seen === 2 || call === 'checkFunction') throw failure(type, 'it does not work');
    };
    const result = await (await stage.rollback({ stabilizeMs: 0 })).result();
    expect(result).toMatchObject({ outcome: 'held', code: type });
    expect(result.steps.find((step) => step.id === id)).toMatchObject({ status: 'failed', error: { type } });
    expect(rootCauseOf(result)?.facts).toEqual(['3x ERROR: pool exhausted']);
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  });

  test('looks for the cause and proves the platform also where everything runs as before already', async () => {
    await (await stage.start()).result();
    stage.world.replicas = Object.fromEntries(Object.keys(stage.world.replicas).map((name) => [name, 1]));
    stage.world.calls.length = 0;
    const result = await (await stage.rollback({ stabilizeMs: 60_000 })).result();
    expect(result).toMatchObject({
      outcome: 'no_change',
      reason: 'everything already runs as before, and the platform answers',
    });
    expect(result.steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'root-cause done',
      'health done',
      'function done',
    ]);
    expect(stage.world.calls.filter((call) => /^(scale|reload)/.test(call))).toEqual([]);
  });

  test('goes on without the root cause where the logs cannot be read', async () => {
    await (await stage.start()).result();
    stage.world.before = (call) => {
      if (call === 'excerptErrors') throw failure('PlatformUnavailable', 'no log');
    };
    const result = await (await stage.rollback({ stabilizeMs: 0 })).result();
    expect(result.outcome).toBe('completed');
    expect(rootCauseOf(result)).toMatchObject({ status: 'failed', error: { message: 'no log' } });
  });

  test('one replica each on request, without any procedure before it', async () => {
    stage.world.replicas = { ...stage.world.replicas, 'api-gateway': 4, 'telegram-connector': 3 };
    const result = await (await stage.rollback({ to: 'single', stabilizeMs: 10 })).result();
    expect(result.outcome).toBe('completed');
    expect(Object.values(stage.world.replicas)).toEqual([1, 1, 1, 1]);
  });

  test('a running incident is stopped and its lease taken over', async () => {
    const gate = gateAt(stage.world, 'waitForRebalance message-service-group 3');
    const incident = await stage.start();
    await gate.reached;
    const rollback = await stage.rollback({ stabilizeMs: 10 });
    const [first, second] = await Promise.all([incident.result(), rollback.result()]);
    expect(first.outcome).toBe('held');
    expect(second.outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  });

  test('one that does not stop loses its lease at once, and what it still wants to write is stale', async () => {
    let goOn = (): void => undefined;
    const hangs = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const incident = await stage.start();
    stage.world.before = async (call) => {
      if (call === 'scaleService message-service 3') {
        await hangs;
        throw failure('StaleFencingToken', 'another procedure holds the lease');
      }
      if (!call.startsWith('stopProcedure')) return;
      await incident.signal('abort', { mode: 'hold', reason: 'rollback' });
      throw failure('ProcedureNotStopped', `${incident.workflowId} still runs`);
    };
    await waitFor(() => stage.world.calls.includes('scaleService message-service 3') || undefined, {
      timeoutMs: 10_000,
      what: 'an activity that hangs',
    });
    const rollback = await stage.rollback({ stabilizeMs: 10 });
    expect(await rollback.result()).toMatchObject({ outcome: 'completed' });
    expect(stage.world.replicas['api-gateway']).toBe(1);
    expect((await incident.describe()).status.name).toBe('RUNNING');
    const { events } = await rollback.query(progressQuery);
    expect(events.map(({ text }) => text)).toContain(
      `${incident.workflowId} still runs: its lease is taken from it`,
    );
    goOn();
    expect(await incident.result()).toMatchObject({ outcome: 'held' });
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  });
});

describe('emergencyRollback with approval', () => {
  const asked = async () => {
    const gate = gateAt(stage.world, 'waitForReplicas api-gateway 3');
    const incident = await stage.start();
    await gate.reached;
    const rollback = await stage.rollback({ approval: 'required', stabilizeMs: 10 });
    await waitFor(async () => (await rollback.query(progressQuery)).phase === 'awaiting_approval', {
      timeoutMs: 10_000,
      what: 'the plan waits for approval',
    });
    const plan = await rollback.query(planQuery);
    return { gate, incident, rollback, plan };
  };

  test('asks before it stops what runs: until then that goes on, also past the first step', async () => {
    const { gate, incident, rollback, plan } = await asked();
    expect(plan?.notes[0]?.message).toMatch(/-emergency still runs: it is stopped first/);
    const later = gateAt(stage.world, 'waitForRebalance message-service-group 3');
    gate.open();
    await later.reached;
    const asksAtMost = (call: string): boolean => /^(stopProcedure|requestLease)/.test(call);
    expect(stage.world.calls.filter(asksAtMost)).toHaveLength(1);
    await rollback.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'ann' }] });
    expect(await rollback.result()).toMatchObject({ outcome: 'completed', approvedBy: 'ann' });
    expect(await incident.result()).toMatchObject({ outcome: 'held' });
    // What it did while the plan waited is put back as well.
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 1, 'message-service': 1 });
  });

  test('a rejected one stops nobody', async () => {
    const { gate, incident, rollback } = await asked();
    await rollback.executeUpdate(rejectUpdate, { args: [{ by: 'ann', reason: 'it helps' }] });
    expect(await rollback.result()).toMatchObject({
      outcome: 'rejected',
      reason: 'rejected by ann: it helps',
    });
    gate.open();
    expect(await incident.result()).toMatchObject({ outcome: 'completed' });
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 3, 'message-service': 3 });
  });

  test('asks also where nothing was changed yet, since it would stop what runs', async () => {
    const gate = gateAt(stage.world, 'scaleService api-gateway 3');
    const incident = await stage.start();
    await gate.reached;
    const rollback = await stage.rollback({ approval: 'required', stabilizeMs: 10 });
    await waitFor(async () => (await rollback.query(progressQuery)).phase === 'awaiting_approval', {
      timeoutMs: 10_000,
      what: 'the plan waits for approval',
    });
    const plan = await rollback.query(planQuery);
    expect(plan?.steps).toEqual([]);
    await rollback.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'ann' }] });
    expect((await incident.result()).outcome).toBe('held');
    await rollback.result();
    expect(stage.world.replicas['api-gateway']).toBe(1);
  });

  test('a dry run says whom it would stop, and stops nobody', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas api-gateway 3');
    const incident = await stage.start();
    await gate.reached;
    const result = await (await stage.rollback({ dryRun: true })).result();
    expect(result.notes.map(({ rule }) => rule)).toContain('rollback.stops');
    gate.open();
    expect(await incident.result()).toMatchObject({ outcome: 'completed' });
  });
});
