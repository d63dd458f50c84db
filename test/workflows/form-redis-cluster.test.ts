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
    .filter((name) => /^(form|copy|addServices|removeServices)/.test(name));

describe('formRedisCluster', () => {
  test('starts nodes, makes them one cluster, copies the keys, counts them, and shows that nobody felt it', async () => {
    const result = await (await stage.run('formRedisCluster', {})).result();
    expect(result).toMatchObject({ outcome: 'completed', downtime: { failedProbes: 0 } });
    expect(writes()).toEqual(['addServices', 'formRedisCluster', 'copyRedisKeys']);
    expect(world.calls.indexOf('proveRedisKeys')).toBeGreaterThan(world.calls.indexOf('copyRedisKeys'));
  });

  test.each([
    ['nodes that never agree', 'formRedisCluster', 'ClusterNotFormed'],
    ['a replica that is never in sync', 'waitForRedisCluster', 'ClusterNotFormed'],
    ['keys that are sent and not there', 'proveRedisKeys', 'KeysMissing'],
  ] as const)('takes the nodes away after %s', async (_, activity, type) => {
    world.before = (call) => {
      if (call.startsWith(activity)) throw failure(type);
    };
    const result = await (await stage.run('formRedisCluster', {})).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: type, leftOver: [] });
    expect(writes().at(-1)).toBe('removeServices');
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
  test.each(asked)('is taken back by %s in the middle of the copy', async (_, stop) => {
    let handle: Handle | undefined;
    world.before = async (call, context) => {
      if (!call.startsWith('copyRedisKeys') || handle === undefined) return;
      const cancelled = context.cancelled.catch(() => undefined);
      await stop(handle);
      context.heartbeat();
      await cancelled;
      throw context.cancellationSignal.reason;
    };
    handle = await stage.run('formRedisCluster', {});
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
    expect(writes().at(-1)).toBe('removeServices');
  });

  test('a second time changes nothing, and a copy over what stands asks first', async () => {
    const command = ['redis-server', '--cluster-enabled', 'yes'];
    world.redisCluster.taken = {
      services: Object.fromEntries([1, 2, 3, 4, 5, 6].map((number) => [`redis-node-${number}`, command])),
      volumes: [],
    };
    world.redisCluster.clusterState = 'ok';
    const nothing = await (await stage.run('formRedisCluster', {})).result();
    expect(nothing.outcome).toBe('no_change');
    const asking = await stage.run('formRedisCluster', { copyAgain: true, approvalTimeoutMs: 60_000 });
    expect((await asking.result()).outcome).toBe('rejected');
    expect(writes()).toEqual([]);
  });
});
