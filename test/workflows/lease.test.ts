import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LeaseTable, ProcedureResult } from '../../domain/procedure.ts';
import {
  leasePriority,
  leaseRequestSignal,
  leaseTableQuery,
  leaseWorkflowId,
  progressQuery,
  taskQueueOf,
} from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';

type Procedure = WorkflowHandle<() => Promise<ProcedureResult>>;

let stage: Stage;
beforeEach(async () => {
  await sharedEnvironment('dev');
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const leaseHandle = () => stage.env.client.workflow.getHandle(leaseWorkflowId(stage.environment));
const table = (): Promise<LeaseTable> => leaseHandle().query(leaseTableQuery);
const phaseOf = async (handle: Procedure) => (await handle.query(progressQuery)).phase;

/** A second emergency under another id, as one started from the Temporal UI would be. */
const second = (id: string, input: object = {}): Promise<Procedure> =>
  stage.env.client.workflow.start<() => Promise<ProcedureResult>>('emergencyScaling', {
    workflowId: `${stage.environment}-${id}`,
    taskQueue: taskQueueOf(stage.environment),
    args: [{ environment: stage.environment, ...input }] as never,
  });

const waitsForLease = (handle: Procedure) =>
  waitFor(async () => (await handle.query(progressQuery)).waitingFor?.startsWith('the lease') === true, {
    timeoutMs: 10_000,
    what: 'it waits for the lease',
  });

describe('lease', () => {
  test('of two procedures that want the same services one works, the other waits for its turn', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas api-gateway 3');
    const first = await stage.start();
    await gate.reached;
    const other = await second('b');
    await waitsForLease(other);
    expect(stage.world.calls.filter((call) => call.startsWith('scaleService'))).toEqual([
      'scaleService api-gateway 3',
    ]);
    gate.open();
    expect((await first.result()).outcome).toBe('completed');
    expect((await other.result()).outcome).toBe('no_change');
  });

  test('each grant has a higher fencing token than the one before', async () => {
    const tokens: number[] = [];
    for (const id of ['a', 'b', 'c']) {
      const handle = await second(id, { targets: { 'telegram-connector': tokens.length + 2 } });
      await handle.result();
      const text = (await handle.query(progressQuery)).events.map((event) => event.text).join('\n');
      tokens.push(Number(/fencing token (\d+)/.exec(text)?.[1]));
    }
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).toBe(3);
  });

  test('a holder that was terminated does not keep the others out', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas api-gateway 3');
    const first = await stage.start();
    await gate.reached;
    const other = await second('b', { onFailure: 'hold' });
    await waitsForLease(other);
    await first.terminate('kill -9');
    gate.open();
    const result = await other.result();
    expect(result.outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 3, 'message-service': 3 });
  });

  test('a waiter that is gone is passed over', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas api-gateway 3');
    const first = await stage.start();
    await gate.reached;
    const gone = await second('gone');
    await waitsForLease(gone);
    const third = await second('third');
    await waitsForLease(third);
    await gone.terminate('went home');
    gate.open();
    await first.result();
    expect((await third.result()).outcome).toBe('no_change');
    expect((await table()).held).toEqual([]);
  });

  test('a waiter gives up after the time it was given, and says who to look for', async () => {
    const gate = gateAt(stage.world, 'waitForReplicas api-gateway 3');
    await stage.start();
    await gate.reached;
    const other = await second('b', { leaseTimeoutMs: 1_000 });
    expect(await other.result()).toMatchObject({ outcome: 'rejected', code: 'LeaseHeld' });
    expect((await table()).waiting).toEqual([]);
    gate.open();
  });

  test('a higher priority makes the holder hold after the step in work, and goes first', async () => {
    const gate = gateAt(stage.world, 'proveEveryReplicaReached api-gateway 3');
    const first = await stage.start();
    await gate.reached;
    await leaseHandle().signal(leaseRequestSignal, {
      holder: 'somebody',
      runId: '',
      procedure: 'emergencyRollback',
      services: ['api-gateway'],
      priority: leasePriority.rollback,
    });
    await waitFor(async () => (await table()).held.some(({ preemption }) => preemption !== undefined), {
      timeoutMs: 10_000,
      what: 'the holder was asked to make way',
    });
    gate.open();
    const result = await first.result();
    expect(result).toMatchObject({ outcome: 'held', code: 'LeaseLost' });
    expect(result.steps[0]?.status).toBe('done');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 3, 'message-service': 1 });
  });

  test('it continues as new with holders and queue, and its tokens go on', async () => {
    const handle = await stage.env.client.workflow.start('lease', {
      workflowId: leaseWorkflowId(stage.environment),
      taskQueue: taskQueueOf(stage.environment),
      args: [{ environment: stage.environment, maxHistoryEvents: 12 }],
    });
    const before = (await handle.describe()).runId;
    const gate = gateAt(stage.world, 'waitForReplicas api-gateway 3');
    const first = await stage.start();
    await gate.reached;
    const other = await second('b');
    await waitsForLease(other);
    await waitFor(async () => (await leaseHandle().describe()).runId !== before, {
      timeoutMs: 15_000,
      what: 'the lease continued as new',
    });
    const carried = await table();
    expect(carried.held.map(({ holder }) => holder)).toEqual([first.workflowId]);
    expect(carried.waiting.map(({ holder }) => holder)).toEqual([other.workflowId]);
    gate.open();
    expect((await first.result()).outcome).toBe('completed');
    expect((await other.result()).outcome).toBe('no_change');
    expect(await phaseOf(other)).toBe('done');
  });
});
