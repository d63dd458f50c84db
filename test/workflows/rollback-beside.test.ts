import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { approveUpdate, planQuery, progressQuery } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';

const GIB = 2 ** 30;

let stage: Stage;
beforeEach(async () => {
  await sharedEnvironment('dev');
  stage = await openStage();
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

type Begun = Awaited<ReturnType<Stage['run']>>;

const approved = async (handle: Begun): Promise<Begun> => {
  await waitFor(async () => (await handle.query(progressQuery)).phase === 'awaiting_approval', {
    timeoutMs: 10_000,
    what: 'a question',
  });
  const plan = await handle.query(planQuery);
  await handle.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'ada' }] });
  return handle;
};
const rolledBack = async ({ workflowId }: Begun): Promise<ProcedureResult> =>
  (await stage.rollback({ procedureId: workflowId, stabilizeMs: 0 })).result();

describe('emergencyRollback of a procedure that changed a database', () => {
  test('takes the limits and settings of an ended live change back', async () => {
    const ended = await stage.run('resizePostgres', {
      cpus: 4,
      memoryBytes: 8 * GIB,
      settings: { work_mem: '8MB' },
    });
    await ended.result();
    expect(stage.world.database.limits.cpus).toBe(4);
    const result = await rolledBack(ended);
    expect(result).toMatchObject({ outcome: 'completed', leftOver: [] });
    expect(stage.world.database.limits).toEqual({ cpus: 2, memoryBytes: 4 * GIB });
    expect(stage.world.calls).toContain('requestLease postgres');
  });

  test('takes an ended read replica away, the slot too', async () => {
    const ended = await stage.run('addReadReplica', {});
    await ended.result();
    expect(stage.world.standbys.slots).toHaveLength(1);
    expect(await rolledBack(ended)).toMatchObject({ outcome: 'completed' });
    expect(stage.world.standbys).toEqual({ slots: [], services: [] });
  });

  test('stops one in its restart and puts the container of before back, then the file', async () => {
    const running = await stage.run('resizePostgres', {
      settings: { shared_buffers: '2GB' },
      memoryBytes: 8 * GIB,
      backup: 'waived',
    });
    const gate = gateAt(stage.world, 'waitForDatabase postgres');
    await approved(running);
    await gate.reached;
    expect(stage.world.database.isReplaced).toBe(true);
    const ending = rolledBack(running);
    await waitFor(() => stage.world.calls.includes('putContainerBack postgres'), {
      timeoutMs: 10_000,
      what: 'the container of before',
    });
    gate.open();
    expect(await ending).toMatchObject({ outcome: 'completed' });
    expect(await running.result()).toMatchObject({ outcome: 'held' });
    expect(stage.world.database.isReplaced).toBe(false);
    const writes = stage.world.calls.filter((call) => /^(putContainerBack|restoreComposeFile)/.test(call));
    expect(writes.map((call) => call.split(' ')[0])).toEqual(['putContainerBack', 'restoreComposeFile']);
  });

  test('is refused for a restart that ended well: what ran before it is gone', async () => {
    const ended = await approved(
      await stage.run('resizePostgres', {
        settings: { shared_buffers: '2GB' },
        memoryBytes: 8 * GIB,
        backup: 'waived',
      }),
    );
    await ended.result();
    stage.world.calls.length = 0;
    const result = await rolledBack(ended);
    expect(result).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    expect(result.refusals.map(({ rule }) => rule)).toEqual(['rollback.replaced']);
    expect(stage.world.calls.filter((call) => /^(put|restore|apply|resize)/.test(call))).toEqual([]);
  });

  test('has nothing to do where it put itself back', async () => {
    const gate = gateAt(stage.world, 'copyRedisKeys');
    const handle = await stage.run('formRedisCluster', {});
    await gate.reached;
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ outcome: 'rolled_back' });
    stage.world.calls.length = 0;
    expect(await rolledBack(handle)).toMatchObject({ outcome: 'no_change' });
    expect(stage.world.calls.filter((call) => /^(removeServices|addServices)/.test(call))).toEqual([]);
  });
});
