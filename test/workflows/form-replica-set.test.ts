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

const second = 'mongodb-secondary-1:27017';
const third = 'mongodb-secondary-2:27017';
const request = { backup: 'waived' };

const writes = (): string[] =>
  world.calls
    .map((call) => call.split(' ')[0] ?? '')
    .filter((name) =>
      /^(edit|restore|replace|put|removeS|removeR|add|initiate|join|leave|give|take)/.test(name),
    );

const started = (input: object = {}): Promise<Handle> =>
  stage.run('formReplicaSet', { ...request, ...input });

const approved = async (handle: Handle): Promise<Handle> => {
  for (;;) {
    if ((await handle.query(progressQuery)).phase === 'awaiting_approval') break;
  }
  expect(writes()).toEqual([]);
  const plan = await handle.query(planQuery);
  await handle.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'ada' }] });
  return handle;
};

const forward = [
  'editComposeFile',
  'replaceContainer',
  'initiateReplicaSet',
  'addServices',
  'joinReplicaSet',
  'joinReplicaSet',
  'giveVotes',
];
/** What undoes as many of them, newest first; the set ends with the container. */
const undone: Record<string, string> = {
  giveVotes: 'takeVotes',
  joinReplicaSet: 'leaveReplicaSet',
  addServices: 'removeServices',
  replaceContainer: 'putContainerBack',
  editComposeFile: 'restoreComposeFile',
};
const andBack = (count: number): string[] => {
  const done = forward.slice(0, count);
  return [...done, ...done.toReversed().flatMap((name) => undone[name] ?? [])];
};

const isAlone = (): void => {
  expect(world.database.isReplaced).toBe(false);
  expect(world.composeFile).toEqual({});
  expect(world.replicas['mongodb-secondary-1']).toBeUndefined();
  expect(Object.keys(world.replicaSet.votes ?? {}).filter((host) => host !== 'mongodb:27017')).toEqual([]);
};

test('asks first, then one restart, the set on its data, and members that vote when they have it', async () => {
  const handle = await approved(await started());
  const result = await handle.result();
  expect(result).toMatchObject({ outcome: 'completed', approvedBy: 'ada' });
  expect(writes()).toEqual([...forward, 'removeReplacedContainer']);
  expect(world.replicaSet.votes).toEqual({ 'mongodb:27017': 1, [second]: 1, [third]: 1 });
  expect(result.downtime).toMatchObject({ writesAcknowledged: 100, writesFound: 100 });
  const { message } = result.notes.find(({ rule }) => rule === 'replica-set.uri') ?? {};
  expect(message).toContain(`mongodb://mongodb:27017,${second},${third}/chat4all?replicaSet=rs0`);
});

test('watches from before the restart until after the votes', async () => {
  await (await approved(await started())).result();
  const begun = world.calls.map((call) => call.split(' ')[0]);
  expect(begun.indexOf('probeDatabase')).toBeLessThan(begun.indexOf('replaceContainer'));
  expect(begun.indexOf('countProbeWrites')).toBeGreaterThan(begun.indexOf('proveReplicaSet'));
});

describe('refuses up front, with nothing changed,', () => {
  const cases: [string, () => void, object, string][] = [
    ['no word on the backup', () => undefined, { backup: undefined }, 'backup'],
    ['a password without a keyFile', () => (world.replicaSet.hasAuthentication = true), {}, 'keyFile'],
    ['a set of another name', () => (world.replicaSet.replSet = 'prod'), {}, 'set'],
    [
      'a name that is taken',
      () => (world.replicaSet.taken = { services: { 'mongodb-secondary-1': ['nginx'] }, volumes: [] }),
      {},
      'secondaries.0',
    ],
    [
      'a node that waits for its set, where nobody knows that there is no way back',
      () => (world.replicaSet.replSet = 'rs0'),
      {},
      'acknowledgeNoUndo',
    ],
  ];
  test.each(cases)('%s', async (_, prepare, input, path) => {
    prepare();
    const result = await (await started(input)).result();
    expect(result).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    expect(result.refusals.map((refusal) => refusal.path)).toEqual([path]);
    expect(writes()).toEqual([]);
    expect(world.calls.filter((call) => call.startsWith('prepareProbe'))).toEqual([]);
  });
});

test('a set that is whole already is left alone', async () => {
  world.replicaSet.replSet = 'rs0';
  world.replicaSet.votes = { 'mongodb:27017': 1, [second]: 1, [third]: 1 };
  const services = { 'mongodb-secondary-1': ['mongod', '--replSet', 'rs0'], 'mongodb-secondary-2': null };
  world.replicaSet.taken = {
    services: { ...services, 'mongodb-secondary-2': ['--replSet=rs0'] },
    volumes: [],
  };
  expect(await (await started()).result()).toMatchObject({ outcome: 'no_change' });
  expect(writes()).toEqual([]);
});

test('a set that somebody left half made is gone on with, without a restart', async () => {
  world.replicaSet.replSet = 'rs0';
  world.replicaSet.votes = { 'mongodb:27017': 1, [second]: 0 };
  world.replicaSet.taken = {
    services: { 'mongodb-secondary-1': ['mongod', '--replSet', 'rs0', '--bind_ip_all'] },
    volumes: ['mongodb-secondary-1-data'],
  };
  const result = await (await started({ backup: undefined })).result();
  expect(result).toMatchObject({ outcome: 'completed' });
  expect(writes()).toEqual(['addServices', 'joinReplicaSet', 'giveVotes']);
  expect(world.calls).toContain('addServices mongodb-secondary-2');
  expect(world.replicaSet.votes).toEqual({ 'mongodb:27017': 1, [second]: 1, [third]: 1 });
});

test('a node that waits for its set is initiated before anybody watches its writes, and stays in the set', async () => {
  world.replicaSet.replSet = 'rs0';
  world.before = (call) => {
    if (call.startsWith('waitForMember')) throw failure('ClusterNotFormed');
  };
  const result = await (await started({ acknowledgeNoUndo: true })).result();
  expect(result).toMatchObject({ outcome: 'partially_rolled_back', code: 'ClusterNotFormed' });
  const begun = world.calls.map((call) => call.split(' ')[0]);
  expect(begun.indexOf('initiateReplicaSet')).toBeLessThan(begun.indexOf('prepareProbe'));
  expect(result.leftOver).toEqual([expect.stringContaining('cannot be undone')]);
});

describe('is put back by itself, newest first,', () => {
  const failures: [string, string, number][] = [
    ['replaceContainer', 'ReplicaCrashed', 2],
    ['initiateReplicaSet', 'DowntimeBudgetSpent', 3],
    ['addServices', 'NotScalable', 4],
    ['waitForNodes', 'ReplicaNotReady', 4],
    ['waitForMember mongodb-secondary-1', 'ClusterNotFormed', 5],
    ['waitForMember mongodb-secondary-2', 'ClusterNotFormed', 6],
    ['proveReplicaSet', 'ClusterNotFormed', 7],
  ];
  test.each(failures)('when %s ends with %s', async (call, type, count) => {
    world.before = (now) => {
      if (now.startsWith(call)) throw failure(type);
    };
    const result = await (await approved(await started())).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: type, leftOver: [] });
    expect(writes()).toEqual(andBack(count));
    isAlone();
    expect(result.downtime).toMatchObject({ writesFound: 100 });
  });
});

describe('in the middle of a copy of the data', () => {
  const stopping = async (stop: (handle: Handle) => Promise<unknown>): Promise<ProcedureResult> => {
    let handle: Handle | undefined;
    world.before = async (call, context) => {
      if (!call.startsWith('waitForMember mongodb-secondary-2') || handle === undefined) return;
      const cancelled = context.cancelled.catch(() => undefined);
      await stop(handle);
      context.heartbeat();
      await cancelled;
      throw context.cancellationSignal.reason;
    };
    handle = await started();
    return (await approved(handle)).result();
  };

  const asked: [string, (handle: Handle) => Promise<unknown>][] = [
    ['rollback', (handle) => handle.signal(rollbackSignal, { reason: 'no' })],
    ['abort', (handle) => handle.signal(abortSignal, { mode: 'rollback', reason: 'no' })],
    ['cancel', (handle) => handle.cancel()],
  ];
  test.each(asked)('%s puts everything back', async (_, stop) => {
    expect(await stopping(stop)).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
    expect(writes()).toEqual(andBack(6));
    isAlone();
  });

  test('hold leaves it where it is, with the container of before beside it', async () => {
    const result = await stopping((handle) =>
      handle.signal(abortSignal, { mode: 'hold', reason: 'let me look' }),
    );
    expect(result).toMatchObject({ outcome: 'held' });
    expect(writes()).toEqual(forward.slice(0, 6));
  });

  test('a second signal changes nothing of what the first began', async () => {
    let handle: Handle | undefined;
    let asks = 0;
    const others = (call: string): boolean => call.startsWith('leaveReplicaSet');
    const begin = async (first: Handle): Promise<unknown> => {
      handle = first;
      return first.signal(rollbackSignal, { reason: 'no' });
    };
    const ended = stopping(begin);
    const inMiddle = world.before;
    world.before = async (call, context) => {
      if (others(call) && asks === 0) {
        asks += 1;
        await handle?.signal(abortSignal, { mode: 'hold', reason: 'stop that' });
      }
      await inMiddle(call, context);
    };
    expect(await ended).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
    expect(asks).toBe(1);
    expect(writes()).toEqual(andBack(6));
    isAlone();
  });
});

test('an acknowledged write that is not there holds it', async () => {
  world.database.missingWrites = 1;
  const result = await (await approved(await started())).result();
  expect(result).toMatchObject({ outcome: 'held', code: 'WritesLost' });
});

test('a member that cannot be taken out is said, and keeps nothing else from being put back', async () => {
  world.before = (call) => {
    if (call.startsWith('waitForMember mongodb-secondary-2')) throw failure('ClusterNotFormed');
    if (call.startsWith(`leaveReplicaSet ${third}`)) throw failure('DatabaseUnavailable');
  };
  const result = await (await approved(await started())).result();
  expect(result).toMatchObject({ outcome: 'partially_rolled_back' });
  expect(result.leftOver).toEqual([expect.stringContaining(third)]);
  expect(writes()).toEqual(andBack(6));
  expect(world.database.isReplaced).toBe(false);
});

test('bad input is refused with the path of each error, and nothing is read', async () => {
  const handle = await started({ set: 'a b', secondaries: ['one'], backup: 'yesterday', nonsense: 1 });
  await expect(handle.result()).rejects.toMatchObject({
    cause: {
      type: 'InvalidInput',
      message: expect.stringMatching(/set.*secondaries.*backup.*nonsense/s) as string,
    },
  });
  expect(world.calls).toEqual([]);
});
