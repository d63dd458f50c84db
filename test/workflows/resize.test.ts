import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import {
  abortSignal,
  approveUpdate,
  planQuery,
  progressQuery,
  rollbackSignal,
} from '../../workflows/contracts.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { failure, type World } from './world.ts';

const GIB = 2 ** 30;

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
    .filter((name) => /^(resize|apply|edit|restore|replace|put|remove|backUp)/.test(name));

const waiting = async (handle: Handle): Promise<void> => {
  for (;;) {
    if ((await handle.query(progressQuery)).phase === 'awaiting_approval') return;
  }
};

const approved = async (handle: Handle): Promise<Handle> => {
  await waiting(handle);
  expect(writes()).toEqual([]);
  const plan = await handle.query(planQuery);
  await handle.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'ada' }] });
  return handle;
};

const live = { cpus: 4, memoryBytes: 8 * GIB, settings: { work_mem: '8MB' } };
const restart = { ...live, settings: { shared_buffers: '2GB', work_mem: '8MB' }, backup: 'waived' };
const restartOrder = ['resizeContainer', 'applyDatabaseSettings', 'editComposeFile', 'replaceContainer'];
const undone = [
  ...restartOrder,
  'putContainerBack',
  'restoreComposeFile',
  'applyDatabaseSettings',
  'resizeContainer',
];

describe('a change that is live', () => {
  test('is carried out at once under a watch, and says that nobody felt it', async () => {
    const result = await (await stage.run('resizePostgres', live)).result();
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(writes()).toEqual(['resizeContainer', 'applyDatabaseSettings']);
    expect(result.downtime).toMatchObject({ failedProbes: 0, writesAcknowledged: 100, writesFound: 100 });
    const begun = world.calls.map((call) => call.split(' ')[0]);
    expect(begun.indexOf('probeDatabase')).toBeLessThan(begun.indexOf('applyDatabaseSettings'));
  });

  test('is held, with nothing changed, when the database is another by the time of its approval', async () => {
    const handle = await stage.run('resizePostgres', { ...live, approval: 'required' });
    await waiting(handle);
    world.database.limits = { cpus: 3, memoryBytes: 6 * GIB };
    const result = await (await approved(handle)).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'Drift' });
    expect(result.reason).toContain('limits 3 CPU and 6 GiB -> 4 CPU and 8 GiB');
    expect(result.reason).toContain('limits 2 CPU and 4 GiB -> 4 CPU and 8 GiB');
    expect(writes()).toEqual([]);
  });

  test('goes back to its limits when the settings are refused, and is still watched meanwhile', async () => {
    world.before = (call) => {
      if (call.startsWith('applyDatabaseSettings') && call.includes('8MB')) throw failure('SettingRejected');
    };
    const result = await (await stage.run('resizePostgres', live)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: 'SettingRejected' });
    expect(world.database.limits).toEqual({ cpus: 2, memoryBytes: 4 * GIB });
    expect(result.downtime).toMatchObject({ writesFound: 100 });
    expect(world.calls.at(-1)).not.toContain('resizeContainer');
  });

  test('takes a limit off again that was not there, and names it as left over where that cannot be', async () => {
    world.database.limits = { memoryBytes: 4 * GIB };
    world.before = (call) => {
      if (call.startsWith('applyDatabaseSettings') && call.includes('8MB')) throw failure('SettingRejected');
    };
    const off = await (await stage.run('resizePostgres', live)).result();
    expect(off.outcome).toBe('rolled_back');
    expect(world.database.limits).toEqual({ memoryBytes: 4 * GIB });
    world.before = (call) => {
      if (call.startsWith('applyDatabaseSettings') && call.includes('8MB')) throw failure('SettingRejected');
      if (call.includes('"cpus":null')) throw failure('NotScalable');
    };
    const kept = await (await stage.run('resizePostgres', live)).result();
    expect(kept.outcome).toBe('partially_rolled_back');
    expect(kept.leftOver).toEqual([expect.stringMatching(/no limit of CPU.*NotScalable/)]);
  });

  test('is held when an acknowledged write is not there', async () => {
    world.database.missingWrites = 2;
    const result = await (await stage.run('resizePostgres', live)).result();
    expect(result).toMatchObject({ outcome: 'held', code: 'WritesLost' });
  });

  test('that was made already changes nothing', async () => {
    world.database.limits = { cpus: 4, memoryBytes: 8 * GIB };
    const result = await (await stage.run('resizePostgres', { ...live, settings: {} })).result();
    expect(result).toMatchObject({ outcome: 'no_change' });
    expect(world.calls.filter((call) => call.startsWith('prepareProbe'))).toEqual([]);
  });

  test.each([
    ['resizeRedis', { memoryBytes: 8 * GIB }],
    ['resizeMongodb', { cpus: 4, memoryBytes: 8 * GIB }],
  ])('of %s needs no approval and no restart', async (type, input) => {
    const result = await (await stage.run(type, input)).result();
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(writes()).toEqual(['resizeContainer', 'applyDatabaseSettings']);
  });
});

describe('a change that needs a restart', () => {
  test('asks first, with who feels it, then edits the file and restarts once', async () => {
    const handle = await approved(await stage.run('resizePostgres', restart));
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', approvedBy: 'ada' });
    expect(writes()).toEqual([...restartOrder, 'removeReplacedContainer']);
    expect(result.notes.map(({ rule }) => rule)).toContain('downtime.dependants');
  });

  test('is refused without a word on the backup, with nothing changed', async () => {
    const result = await (await stage.run('resizePostgres', { ...restart, backup: undefined })).result();
    expect(result).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    expect(result.refusals.map(({ path }) => path)).toEqual(['backup']);
    expect(world.calls.filter((call) => call.startsWith('prepareProbe'))).toEqual([]);
  });

  test('does not begin when the database does not take a write', async () => {
    world.before = (call) => {
      if (call.startsWith('prepareProbe')) throw failure('SettingRejected');
    };
    const handle = await approved(await stage.run('resizePostgres', restart));
    expect(await handle.result()).toMatchObject({ outcome: 'failed' });
    expect(writes()).toEqual([]);
  });

  test.each(['DowntimeBudgetSpent', 'ReplicaCrashed'] as const)(
    'is taken back by itself on %s: container, file and settings, in this order',
    async (type) => {
      world.before = (call) => {
        if (call.startsWith('replaceContainer')) throw failure(type);
      };
      const handle = await approved(await stage.run('resizePostgres', restart));
      const result = await handle.result();
      expect(result).toMatchObject({ outcome: 'rolled_back', code: type });
      expect(writes()).toEqual(undone);
      expect(world.database.isReplaced).toBe(false);
      expect(world.composeFile).toEqual({});
    },
  );

  const asked: [string, (handle: Handle) => Promise<unknown>][] = [
    ['rollback', (handle) => handle.signal(rollbackSignal, { reason: 'no' })],
    ['abort', (handle) => handle.signal(abortSignal, { mode: 'rollback', reason: 'no' })],
    ['cancel', (handle) => handle.cancel()],
  ];
  test.each(asked)('is put back by %s in the middle of the restart', async (_, stop) => {
    let handle: Handle | undefined;
    world.before = async (call, context) => {
      if (!call.startsWith('replaceContainer') || handle === undefined) return;
      const cancelled = context.cancelled.catch(() => undefined);
      await stop(handle);
      context.heartbeat();
      await cancelled;
      throw context.cancellationSignal.reason;
    };
    handle = await stage.run('resizePostgres', restart);
    await approved(handle);
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'rolled_back' });
    expect(writes()).toEqual(undone);
  });

  test('that is told to hold stays where it is, with the container of before beside it', async () => {
    let handle: Handle | undefined;
    world.before = async (call, context) => {
      if (!call.startsWith('replaceContainer') || handle === undefined) return;
      const cancelled = context.cancelled.catch(() => undefined);
      await handle.signal(abortSignal, { mode: 'hold', reason: 'let me look' });
      context.heartbeat();
      await cancelled;
      throw context.cancellationSignal.reason;
    };
    handle = await stage.run('resizePostgres', restart);
    await approved(handle);
    expect(await handle.result()).toMatchObject({ outcome: 'held' });
    expect(writes()).toEqual(restartOrder);
  });
});

test('bad input is refused with the path of each error, and nothing is read', async () => {
  const handle = await stage.run('resizePostgres', {
    cpus: 0,
    memoryBytes: 'much',
    settings: { 'work_mem; DROP': '1' },
    backup: 'yesterday',
    nonsense: 1,
  });
  await expect(handle.result()).rejects.toMatchObject({
    cause: {
      type: 'InvalidInput',
      message: expect.stringMatching(/cpus.*memoryBytes.*settings.*backup.*nonsense/s) as string,
    },
  });
  expect(world.calls).toEqual([]);
});
