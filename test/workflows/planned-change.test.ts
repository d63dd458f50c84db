import type { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  approveUpdate,
  pauseUpdate,
  planQuery,
  progressQuery,
  resumeUpdate,
} from '../../workflows/contracts.ts';
import { changeUpdate } from '../../workflows/contracts/planned-scaling.ts';
import { gateAt, openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, MINUTE, plan, quiet, scaled, untilPhase, type Planned } from './planned-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const stays = { afterEvent: { scaleDown: false } };
const change = (handle: Planned, what: object): Promise<string> =>
  handle.executeUpdate(changeUpdate, { args: [{ by: 'ann', ...what }] });
const errorsOf = async (refused: Promise<unknown>): Promise<{ path: string; message: string }[]> => {
  const error = (await refused.catch((failed: unknown) => failed)) as Error;
  const details = (error.cause as ApplicationFailure).details as [
    { errors: { path: string; message: string }[] },
  ];
  return details[0].errors;
};

describe('change of a planned procedure that runs', () => {
  test('before the first wave: a higher target and a later start, with old and new', async () => {
    const { handle, startMs } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('30m');
    await untilPhase(handle, 'waiting');
    const start = new Date(startMs + HOUR).toISOString();
    const said = await change(handle, { start, targets: { 'api-gateway': 4 }, reason: 'moved' });
    expect(said).toMatch(/start .* -> .*; end .* -> .*; api-gateway 3 -> 4 at the peak; 50 % at/);
    expect(said).toMatch(/100 % at \S+ -> \S+: api-gateway 3 -> 4, message-service 5, whatsapp-connector 3$/);
    const { events } = await handle.query(progressQuery);
    expect(events.at(-1)?.text).toContain('changed by ann (moved)');
    const result = await handle.result();
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 4, 'message-service': 5 });
    expect(result.outcome).toBe('completed');
    const first = result.steps.find(({ id }) => id === 'wave-1-v2-api-gateway');
    expect(first?.startedAtMs).toBeGreaterThanOrEqual(startMs - HOUR);
    // The event is as long as before.
    expect(result.endedAtMs).toBeGreaterThanOrEqual(startMs + 3 * HOUR);
  });

  test('in a soak: what is left is planned anew, what was done stays in the report', async () => {
    const { handle } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('65m');
    await untilPhase(handle, 'soaking');
    await change(handle, { targets: { 'message-service': 9 } });
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    const ids = result.steps.map(({ id, status }) => `${id} ${status}`);
    expect(ids).toContain('wave-1-message-service done');
    // 50 % of 9 is due already: at once, since the rule is the same as that of a late start.
    expect(scaled(stage).filter((call) => call.startsWith('message'))).toEqual([
      'message-service 3',
      'message-service 5',
      'message-service 7',
      'message-service 9',
    ]);
    expect(result.replicasBefore).toMatchObject({ 'message-service': 1 });
  });

  test('while a wave is carried out: it is finished, and the next one is that of the new plan', async () => {
    const { handle } = await plan(stage, 3 * HOUR, stays);
    const scaling = gateAt(stage.world, 'scaleService message-service 3');
    const ended = handle.result();
    await scaling.reached;
    await change(handle, { targets: { 'whatsapp-connector': 5 } });
    scaling.open();
    expect((await ended).outcome).toBe('completed');
    expect(stage.world.replicas).toMatchObject({
      'api-gateway': 3,
      'message-service': 5,
      'whatsapp-connector': 5,
    });
  });

  test('in the event: more is there at once, and less does not go below what runs', async () => {
    const { handle } = await plan(stage, 2 * HOUR, stays);
    await stage.env.sleep('150m');
    await untilPhase(handle, 'waiting');
    await change(handle, { targets: { 'api-gateway': 5, 'message-service': 2 } });
    await stage.env.sleep('20m');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 5, 'message-service': 5 });
    const found = await handle.query(planQuery);
    expect(found?.notes.map(({ message }) => message).join()).toContain('never goes below what runs now');
    expect((await handle.result()).outcome).toBe('completed');
  });

  test('in the event: a later end is waited for', async () => {
    const { handle, startMs } = await plan(stage, 2 * HOUR, stays);
    await stage.env.sleep('150m');
    await untilPhase(handle, 'waiting');
    await change(handle, { end: new Date(startMs + 4 * HOUR).toISOString() });
    expect((await handle.result()).endedAtMs).toBeGreaterThanOrEqual(startMs + 4 * HOUR);
  });

  test('while it waits for approval: another hash is to be approved', async () => {
    const { handle } = await plan(stage, 3 * HOUR, { ...stays, approval: 'required' });
    await untilPhase(handle, 'awaiting_approval');
    const old = (await handle.query(planQuery))?.hash ?? '';
    await change(handle, { targets: { 'api-gateway': 2 } });
    const next = (await handle.query(planQuery))?.hash ?? '';
    expect(next).not.toBe(old);
    expect((await handle.query(progressQuery)).waitingFor).toBe(
      `approve or reject of the plan ${next.slice(0, 12)}`,
    );
    await expect(
      handle.executeUpdate(approveUpdate, { args: [{ planHash: old, by: 'ann' }] }),
    ).rejects.toThrow('Workflow Update failed');
    await handle.executeUpdate(approveUpdate, { args: [{ planHash: next, by: 'ann' }] });
    expect((await handle.result()).outcome).toBe('completed');
    expect(stage.world.replicas['api-gateway']).toBe(2);
  });

  test('in the checklist: the checks go on, and the waves are those of the new plan', async () => {
    const checking = gateAt(stage.world, 'readStorage');
    const { handle } = await plan(stage, 3 * HOUR, stays);
    const ended = handle.result();
    await checking.reached;
    await change(handle, { targets: { 'api-gateway': 4 } });
    checking.open();
    const result = await ended;
    expect(result.outcome).toBe('completed');
    expect(result.steps.find(({ id }) => id === 'checklist-room')?.status).toBe('done');
    expect(stage.world.replicas).toMatchObject({ 'api-gateway': 4, 'message-service': 5 });
  });

  test('while it is paused: nothing goes on before resume, and then the new plan', async () => {
    const { handle } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('30m');
    await untilPhase(handle, 'waiting');
    await handle.executeUpdate(pauseUpdate, { args: [{ by: 'ann' }] });
    await change(handle, { targets: { 'api-gateway': 5 } });
    await stage.env.sleep('40m');
    await untilPhase(handle, 'paused');
    expect(scaled(stage)).toEqual([]);
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'ann' }] });
    expect((await handle.result()).outcome).toBe('completed');
    expect(stage.world.replicas['api-gateway']).toBe(5);
  });

  test('is refused with every error and its path, and changes nothing', async () => {
    const { handle, startMs } = await plan(stage, 3 * HOUR, stays);
    await stage.env.sleep('10m');
    await untilPhase(handle, 'waiting');
    const before = await handle.query(planQuery);
    expect(await errorsOf(change(handle, { by: '', targets: { nobody: 0 } }))).toMatchObject([
      { path: 'by' },
      { path: 'targets.nobody' },
    ]);
    expect(await errorsOf(change(handle, {}))).toMatchObject([{ path: '(input)' }]);
    expect(await errorsOf(change(handle, { targets: { nobody: 1, 'api-gateway': 11 } }))).toMatchObject([
      { path: 'targets.nobody' },
      { path: 'targets.api-gateway' },
    ]);
    const past = new Date(startMs - 9 * HOUR).toISOString();
    expect(await errorsOf(change(handle, { start: past }))).toMatchObject([{ path: 'event.end' }]);
    expect(await handle.query(planQuery)).toEqual(before);
    await handle.terminate();
  });

  test('is refused once the way down has begun', async () => {
    const { handle } = await plan(stage, 10 * MINUTE, { event: { lengthMs: 30 * MINUTE } });
    await stage.env.sleep('45m');
    await untilPhase(handle, 'executing');
    const errors = await errorsOf(change(handle, { targets: { 'api-gateway': 5 } }));
    expect(errors[0]?.message).toContain('the way down has begun');
    expect((await handle.result()).outcome).toBe('completed');
  });
});
