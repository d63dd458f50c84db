import type { ApplicationFailure } from '@temporalio/common';
import type { WorkflowFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderPlan } from '../../domain/render.ts';
import { approveUpdate, planQuery, progressQuery } from '../../workflows/contracts.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { HOUR, lateness, MINUTE, plan, quiet, scaled, untilPhase } from './planned-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  quiet(stage);
});
afterEach(() => stage.close());
afterAll(async () => (await sharedEnvironment()).teardown());

const single = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };

describe('plannedScaling with the true times of the runbook', () => {
  test('goes to 2/3/2, 2/4/2 and 3/5/3, each at its time, and back after the event, below 400 events', async () => {
    const { handle, startMs } = await plan(stage, 3 * HOUR);
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', replicasBefore: single, replicasAfter: single });
    const ups = scaled(stage);
    expect(ups.slice(0, 3).sort()).toEqual(['api-gateway 2', 'message-service 3', 'whatsapp-connector 2']);
    expect(ups[3]).toBe('message-service 4');
    expect(ups.slice(4, 7).sort()).toEqual(['api-gateway 3', 'message-service 5', 'whatsapp-connector 3']);
    // One replica at a time on the way down.
    expect(ups.slice(7)).toHaveLength(2 + 4 + 2);
    expect(Math.max(...lateness(result))).toBeLessThan(MINUTE);
    expect(Math.min(...lateness(result))).toBeGreaterThanOrEqual(0);
    expect(stage.world.composeFile).toEqual({
      'api-gateway': { replicas: 1 },
      'message-service': { replicas: 1 },
      'whatsapp-connector': { replicas: 1 },
    });
    const down = result.steps.find(({ id }) => id === 'down/stable-traffic');
    expect(down?.startedAtMs).toBeGreaterThanOrEqual(startMs + 2 * HOUR);
    const { events } = await handle.fetchHistory();
    expect(events?.length).toBeLessThan(400);
  });

  test('shows its plan at once: formula, times, what the hosts have left, what it costs', async () => {
    const { handle } = await plan(stage, 3 * HOUR, { dryRun: true });
    expect(await handle.result()).toMatchObject({ outcome: 'no_change' });
    const found = await handle.query(planQuery);
    expect(found?.schedule?.waves.map(({ replicas }) => replicas)).toEqual([
      { 'api-gateway': 2, 'message-service': 3, 'whatsapp-connector': 2 },
      { 'api-gateway': 2, 'message-service': 4, 'whatsapp-connector': 2 },
      { 'api-gateway': 3, 'message-service': 5, 'whatsapp-connector': 3 },
    ]);
    // Above what runs: 4 for 1 h, 5 for 30 min, 8 for the half hour before, 2 h, and the way down.
    expect(found?.forecast?.replicaHours.planned).toBeGreaterThan(4 + 2.5 + 4 + 16);
    expect(found?.forecast?.replicaHours.peakAllDay).toBe(8 * 24);
    const text = found === null ? '' : renderPlan(found);
    for (const part of [
      'Event: TV spot',
      '50 %',
      'memory left',
      'replica-hours',
      'Plan: 3 services to change',
    ])
      expect(text).toContain(part);
    expect(scaled(stage)).toEqual([]);
  });

  test('between the waves nobody is kept from the services, and everybody reads what comes next', async () => {
    const { handle } = await plan(stage, 3 * HOUR, { event: { timeZone: 'Asia/Tokyo' } });
    await stage.env.sleep('90m');
    await untilPhase(handle, 'waiting');
    const { waitingFor, steps } = await handle.query(progressQuery);
    expect(waitingFor).toMatch(
      /^75 % \(api-gateway 2, message-service 4, whatsapp-connector 2\), at .*\+09:00 \(Asia\/Tokyo\)$/,
    );
    expect(steps.filter(({ status }) => status === 'pending').length).toBeGreaterThan(3);
    const taken = stage.world.calls.filter((call) => /^(requestLease|releaseLease)/.test(call));
    expect(taken).toHaveLength(2);
    await stage.env.sleep('110m');
    await untilPhase(handle, 'waiting');
    // After the last wave: how long it stays, and what follows.
    const last = (await handle.query(progressQuery)).waitingFor;
    expect(last).toMatch(
      /^the end of TV spot, at .*\+09:00 \(Asia\/Tokyo\); then the way down from .*, to what ran before \(api-gateway 1, message-service 1, whatsapp-connector 1\)$/,
    );
    await handle.terminate();
  });

  test('is validated where that was asked for, also when the last wave has nothing left to do', async () => {
    const { handle } = await plan(stage, 3 * HOUR, {
      // 50, 75 and 100 % of 2 are 1, 2 and 2.
      targets: { 'api-gateway': 2 },
      validate: true,
      afterEvent: { scaleDown: false },
    });
    const { outcome, validation = [] } = await handle.result();
    expect(outcome).toBe('completed');
    expect(validation.length).toBeGreaterThan(0);
    expect(stage.world.calls.filter((call) => call.startsWith('spreadRequests'))).toHaveLength(1);
  });

  test('gives other resources to what runs, where enough runs too, and takes them back after the event', async () => {
    const limits = { memoryBytes: 2 ** 30 };
    const composeFile = { resources: { 'api-gateway': { limits } } };
    const { handle } = await plan(stage, 3 * HOUR, { targets: { 'api-gateway': 1 }, composeFile });
    await stage.env.sleep('80m');
    expect(stage.world.composeFile['api-gateway']).toEqual({ replicas: 1, limits });
    expect(await handle.result()).toMatchObject({ outcome: 'completed', leftOver: [] });
    expect(stage.world.composeFile['api-gateway']).toEqual({ replicas: 1 });
    const file = stage.world.calls.filter((call) => /^(edit|restore|renew|watchGate)/.test(call));
    expect(file.map((call) => call.split(' ')[0]).join(', ')).toBe(
      'editComposeFile, renewService, watchGate, restoreComposeFile, editComposeFile, renewService',
    );
  });

  test('leaves other resources where they are when the way down does not come to its end', async () => {
    stage.world.traffic = { stable: false, sentence: 'traffic still rises', seen: 15, slots: 15 };
    const limits = { memoryBytes: 2 ** 30 };
    const { handle } = await plan(stage, 3 * HOUR, {
      targets: { 'api-gateway': 2 },
      composeFile: { resources: { 'api-gateway': { limits } } },
    });
    expect(await handle.result()).toMatchObject({ outcome: 'held', leftOver: [] });
    expect(stage.world.calls.filter((call) => call.startsWith('restoreComposeFile'))).toEqual([]);
  });

  test('a start 45 min before goes to the 75 % step at once, and says so', async () => {
    const { handle } = await plan(stage, 45 * MINUTE);
    await stage.env.sleep('10m');
    expect(scaled(stage).sort()).toEqual(['api-gateway 2', 'message-service 4', 'whatsapp-connector 2']);
    const found = await handle.query(planQuery);
    const notes = found?.notes.map(({ message }) => message).join('\n');
    expect(notes).toMatch(/50 % was due at .*: skipped/);
    expect(notes).toMatch(/75 % was due at .*: it is done at once/);
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    expect(scaled(stage).slice(3, 6).sort()).toEqual([
      'api-gateway 3',
      'message-service 5',
      'whatsapp-connector 3',
    ]);
  });

  test('an event that is going on gets its peak at once', async () => {
    const { handle } = await plan(stage, -30 * MINUTE, { afterEvent: { scaleDown: false } });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(scaled(stage).sort()).toEqual(['api-gateway 3', 'message-service 5', 'whatsapp-connector 3']);
  });

  test('an event that is over is refused', async () => {
    const { handle } = await plan(stage, -3 * HOUR);
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    expect(result.refusals).toMatchObject([{ rule: 'event-over', path: 'event.end' }]);
    expect(scaled(stage)).toEqual([]);
  });

  test('a ramp never goes below what runs now', async () => {
    stage.world.replicas['message-service'] = 4;
    const { handle } = await plan(stage, 3 * HOUR, { afterEvent: { scaleDown: false } });
    await handle.result();
    expect(scaled(stage).filter((call) => call.startsWith('message'))).toEqual(['message-service 5']);
  });

  test('what somebody has scaled up meanwhile stays, and the wave goes on from there', async () => {
    const { handle } = await plan(stage, 3 * HOUR, { afterEvent: { scaleDown: false } });
    await stage.env.sleep('30m');
    await untilPhase(handle, 'waiting');
    stage.world.replicas['api-gateway'] = 4;
    const result = await handle.result();
    expect(result.outcome).toBe('completed');
    expect(scaled(stage).filter((call) => call.startsWith('api-gateway'))).toEqual([]);
    expect(stage.world.composeFile['api-gateway']).toEqual({ replicas: 4 });
    expect(result.steps.find(({ id }) => id === 'wave-1-api-gateway')).toMatchObject({ status: 'unchanged' });
  });

  test('a local time in the hour that is left out or comes twice is taken on purpose, and said', async () => {
    const event = { start: '2027-03-28T02:30', timeZone: 'Europe/Berlin' };
    const spring = await plan(stage, 0, { event, dryRun: true });
    await spring.handle.result();
    const put = await spring.handle.query(planQuery);
    expect(put?.schedule?.event.startMs).toBe(Date.parse('2027-03-28T03:30:00+02:00'));
    expect(put?.notes.map(({ rule }) => rule)).toContain('event.never-shown');
    const autumn = await plan(stage, 0, {
      event: { name: 'autumn', start: '2027-10-31T02:30', timeZone: 'Europe/Berlin' },
      dryRun: true,
    });
    await autumn.handle.result();
    const back = await autumn.handle.query(planQuery);
    expect(back?.schedule?.event.startMs).toBe(Date.parse('2027-10-31T02:30:00+02:00'));
    expect(back?.notes.map(({ rule }) => rule)).toContain('event.shown-twice');
    // Two hours before by the clock of the world, not of the wall.
    expect(put?.schedule?.waves[0]?.atMs).toBe(Date.parse('2027-03-28T00:30:00+01:00'));
  });

  test('every error of an input is told with its path', async () => {
    const { handle } = await plan(stage, HOUR, {
      event: { start: '2027-01-01T10:00', lengthMs: 1 },
      peaks: { 'api-gateway': -1 },
      steps: [{ share: 0.5, beforeMs: 1 }],
    });
    const failed = (await handle.result().catch((error: unknown) => error)) as WorkflowFailedError;
    const [{ errors }] = (failed.cause as ApplicationFailure).details as [{ errors: { path: string }[] }];
    expect(errors.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['event.lengthMs', 'peaks.api-gateway']),
    );
  });

  test('a plan that needs approval is shown and waits, with nothing checked or changed before', async () => {
    const { handle } = await plan(stage, 3 * HOUR, {
      approval: 'required',
      afterEvent: { scaleDown: false },
    });
    await untilPhase(handle, 'awaiting_approval');
    const found = await handle.query(planQuery);
    await handle.executeUpdate(approveUpdate, { args: [{ planHash: found?.hash ?? '', by: 'ann' }] });
    expect(await handle.result()).toMatchObject({ outcome: 'completed', approvedBy: 'ann' });
  });
});
