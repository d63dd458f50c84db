import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { abortSignal, rollbackSignal } from '../../workflows/contracts.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { failure, type World } from './world.ts';

let stage: Stage;
let world: World;

beforeAll(() => sharedEnvironment(), 60_000);
afterAll(async () => (await sharedEnvironment()).teardown());
beforeEach(async () => {
  stage = await openStage();
  world = stage.world;
});
afterEach(() => stage.close());

type Handle = WorkflowHandle<() => Promise<ProcedureResult>>;

const writes = (): string[] =>
  world.calls
    .map((call) => call.split(' ')[0] ?? '')
    .filter((name) => /^(admit|dismiss|add|remove)/.test(name));

describe('addReadReplica', () => {
  test('lets the replica in, makes it, waits until it streams, and shows that nobody felt it', async () => {
    const result = await (await stage.run('addReadReplica', {})).result();
    expect(result).toMatchObject({ outcome: 'completed', downtime: { failedProbes: 0 } });
    expect(writes()).toEqual(['admitReplica', 'addReadReplica']);
    expect(world.calls).toContain('waitForStreaming postgres-replica-1');
  });

  test('touches nothing where a volume of its name is there already: somebody needs what is in it', async () => {
    world.standbys.volumes = ['postgres-replica-1-data'];
    const result = await (await stage.run('addReadReplica', {})).result();
    expect(result).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    expect(result.refusals.map(({ rule }) => rule)).toEqual(['read-replica.volume-taken']);
    expect(writes()).toEqual([]);
  });

  test.each([
    ['a base backup for which there is no room', 'addReadReplica', 'PreparationFailed'],
    ['a replica that never streams', 'waitForStreaming', 'ReplicaNotReady'],
  ] as const)('takes everything away after %s, the slot too', async (_, activity, type) => {
    world.before = (call) => {
      if (call.startsWith(activity)) throw failure(type);
    };
    const result = await (await stage.run('addReadReplica', {})).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: type });
    expect(writes().slice(-2)).toEqual(['removeReadReplica', 'dismissReplica']);
    expect(world.standbys).toEqual({ slots: [], services: [] });
  });

  const asked: [string, (handle: Handle) => Promise<unknown>][] = [
    ['rollback', (handle) => handle.signal(rollbackSignal, { reason: 'no' })],
    ['abort', (handle) => handle.signal(abortSignal, { mode: 'rollback', reason: 'no' })],
    ['cancel', (handle) => handle.cancel()],
    [
      'two signals',
      async (handle) => {
        await handle.signal(rollbackSignal, { reason: 'no' });
        await handle.signal(abortSignal, { mode: 'rollback', reason: 'really' });
      },
    ],
  ];
  test.each(asked)('is taken back by %s in the middle of the base backup', async (_, stop) => {
    let handle: Handle | undefined;
    world.before = async (call, context) => {
      if (!call.startsWith('addReadReplica') || handle === undefined) return;
      const cancelled = context.cancelled.catch(() => undefined);
      await stop(handle);
      context.heartbeat();
      await cancelled;
      throw context.cancellationSignal.reason;
    };
    handle = await stage.run('addReadReplica', {});
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'rolled_back' });
    expect(world.standbys).toEqual({ slots: [], services: [] });
  });
});
