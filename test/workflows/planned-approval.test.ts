import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveUpdate, planQuery, progressQuery, rejectUpdate } from '../../workflows/contracts.ts';
import { changeUpdate } from '../../workflows/contracts/planned-scaling.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, plan, quiet, scaled, untilPhase, type Planned } from './planned-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const hashOf = async (handle: Planned): Promise<string> => (await handle.query(planQuery))?.hash ?? '';
const approve = (handle: Planned, planHash: string, by: string): Promise<string> =>
  handle.executeUpdate(approveUpdate, { args: [{ planHash, by }] });
const change = (handle: Planned, targets: Record<string, number>): Promise<string> =>
  handle.executeUpdate(changeUpdate, { args: [{ by: 'bob', targets }] });

/** Approved by ann, and it waits for its first wave. */
async function approved(more: object = {}): Promise<{ handle: Planned; hash: string }> {
  const { handle } = await plan(stage, 3 * HOUR, {
    approval: 'required',
    afterEvent: { scaleDown: false },
    ...more,
  });
  await untilPhase(handle, 'awaiting_approval');
  const hash = await hashOf(handle);
  await approve(handle, hash, 'ann');
  await stage.env.sleep('30m');
  await untilPhase(handle, 'waiting');
  return { handle, hash };
}

describe('a change after the approval', () => {
  test('needs it again: nothing goes on before, and the result names who approved the new plan', async () => {
    const { handle, hash } = await approved({ approvalTimeoutMs: 3 * HOUR });
    await change(handle, { 'api-gateway': 5 });
    const next = await hashOf(handle);
    await stage.env.sleep('40m');
    await untilPhase(handle, 'awaiting_approval');
    expect((await handle.query(progressQuery)).waitingFor).toContain(next.slice(0, 12));
    expect(scaled(stage)).toEqual([]);
    await expect(approve(handle, hash, 'ann')).rejects.toThrow('Workflow Update failed');
    await approve(handle, next, 'carol');
    expect(await handle.result()).toMatchObject({
      outcome: 'completed',
      approvedBy: 'carol',
      planHash: next,
    });
    expect(stage.world.replicas['api-gateway']).toBe(5);
  });

  test('that is rejected is as if it had never been: the approved plan goes on, under its own approval', async () => {
    const { handle, hash } = await approved();
    await change(handle, { 'api-gateway': 5 });
    await untilPhase(handle, 'awaiting_approval');
    await handle.executeUpdate(rejectUpdate, { args: [{ by: 'carol', reason: 'too much' }] });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', approvedBy: 'ann', planHash: hash });
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 3, 'message-service': 5 });
    expect(result.steps.filter(({ status }) => status === 'pending')).toEqual([]);
  });

  test('in a soak, that nobody answers, is dropped in time, and what was done meanwhile stays in the report', async () => {
    const { handle, hash } = await approved();
    await stage.env.sleep('35m');
    await untilPhase(handle, 'soaking');
    await change(handle, { 'message-service': 9 });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', approvedBy: 'ann', planHash: hash });
    expect(stage.world.replicas['message-service']).toBe(5);
    const ids = result.steps.map(({ id, status }) => `${id} ${status}`);
    expect(ids).toContain('wave-1-soak done');
    expect(ids).toContain('wave-3-message-service done');
  });

  test('is not asked for where the procedure needed no approval', async () => {
    const { handle } = await plan(stage, 3 * HOUR, { afterEvent: { scaleDown: false } });
    await stage.env.sleep('30m');
    await untilPhase(handle, 'waiting');
    await change(handle, { 'api-gateway': 5 });
    expect((await handle.result()).outcome).toBe('completed');
    expect(stage.world.replicas['api-gateway']).toBe(5);
  });
});
