import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { progressQuery, searchAttributes } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, sharedEnvironment } from '../workflows/env.ts';
import { lastJson, openCli, type Cli, type Said } from './crescendo.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
});
afterEach(() => {
  cli.stage.world.before = () => undefined;
});
afterAll(async () => {
  await cli.close();
  await (await sharedEnvironment()).teardown();
});

const schedule = (...args: string[]): Promise<Said> => cli.crescendo('schedule', ...args);
const json = async <T>(...args: string[]): Promise<T> => {
  const answered = await schedule(...args, '--output', 'json');
  if (answered.exitCode !== 0) throw new Error(answered.stderr);
  return lastJson(answered) as T;
};
const handleOf = (name: string) =>
  cli.stage.env.client.schedule.getHandle(`crescendo-${cli.stage.environment}-${name}`);
const berlin = ['--time-zone', 'Europe/Berlin'];

interface Shown {
  next: { starts: string; startsUtc: string; event?: string }[];
  warnings: string[];
}
interface Listed {
  name: string;
  paused: boolean;
  note: string;
  lastRun?: { outcome: string; workflowId: string };
  next?: { starts: string };
}

/** The list learns of a schedule, and of its runs, a moment later. */
const listed = (name: string, when: (one: Listed) => boolean = () => true): Promise<Listed> =>
  waitFor(async () => (await json<Listed[]>('list')).find((one) => one.name === name && when(one)), {
    timeoutMs: 20_000,
    what: `${name} in the list`,
  });

describe('crescendo schedule create', () => {
  it('with --dry-run shows the next times by the zone and in UTC, and creates nothing', async () => {
    const flags = ['--cron', '0 20 * * fri', ...berlin, '--count', '60', '--dry-run'];
    const { next } = await json<Shown>('create', 'show', 'emergencyScaling', ...flags);
    expect(next).toHaveLength(60);
    expect(next.every(({ starts }) => /T20:00:00\+0[12]:00$/.test(starts))).toBe(true);
    // A year has both: the same time of day is another one in UTC.
    expect(new Set(next.map(({ startsUtc }) => startsUtc.slice(11, 16)))).toEqual(
      new Set(['18:00', '19:00']),
    );
    await expect(handleOf('show').describe()).rejects.toThrow(/not found/i);
  });

  it('says what a change of the clock does to it', async () => {
    const flags = ['--at', '02:30', ...berlin, '--dry-run'];
    const said = await schedule('create', 'night', 'emergencyScaling', ...flags);
    expect(said.stdout).toContain(
      'emergencyScaling daily 02:30, Europe/Berlin, catch-up 5 min, overlap skip',
    );
    expect(said.stdout).toMatch(
      /note: the clock is put forward over \d{4}-03-\d\d 02:30: nothing starts then/,
    );
    expect(said.stdout).toMatch(/note: the clock is put back over \d{4}-10-\d\d 02:30: it comes twice/);
    expect(said.stderr).toContain('dry run: nothing was created');
  });

  it('of a procedure for an event is given by the time of the event, and begins before it', async () => {
    const event = ['--event', 'Late show', '--length', '3h', '--set', 'api-gateway=3'];
    const flags = ['--at', '01:00', '--on', 'sat', ...berlin, '--count', '60', ...event, '--dry-run'];
    const { next } = await json<Shown>('create', 'late', 'plannedScaling', ...flags);
    // First step two hours before, and 15 min for the checklist.
    expect(next.every(({ starts }) => starts.slice(10, 19) === 'T22:45:00')).toBe(true);
    expect(next.every((one) => one.event?.slice(10, 19) === 'T01:00:00')).toBe(true);
    const days = next.map(({ starts, event: at = '' }) => (Date.parse(at) - Date.parse(starts)) / 60_000);
    expect(new Set(days)).toEqual(new Set([135]));
    const shorter = await json<Shown>('create', 'late', 'plannedScaling', ...flags, '--lead', '30m');
    expect(shorter.next[0]?.starts.slice(10, 19)).toBe('T00:30:00');
  });

  it.each([
    [['--every', '24h'], '--every: an event has a time of day'],
    [['--cron', '0 20,22 * * *'], '--cron: an event has one time of day'],
    [['--cron', '0 1 1 * *'], '--cron: it would have to begin on the day before'],
    [['--at', '20:00', '--lead', '30h'], '--lead: 30 h is more than the 23 h'],
    [['--at', '20:00', '--start', '2026-12-01T20:00:00Z'], 'event.start: give start, or nextAt'],
  ])('for an event %j is refused', async (flags, message) => {
    const event = ['--event', 'Show', '--set', 'api-gateway=3'];
    const refused = await schedule('create', 'wrong', 'plannedScaling', ...event, ...flags);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain(`error: ${message}`);
  });

  it('is made on purpose: catch-up, overlap, zone, who and why stand in it', async () => {
    const flags = ['--every', '6h', '--requested-by', 'ada', '--note', 'cost', '--set', 'api-gateway=2'];
    await json('create', 'even', 'emergencyScaling', ...flags);
    const { policies, state, memo, action, spec } = await handleOf('even').describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 300_000 });
    expect(state).toMatchObject({ paused: false, note: 'cost' });
    expect(memo).toMatchObject({ createdBy: 'ada', procedure: 'emergencyScaling' });
    expect(spec.intervals).toMatchObject([{ every: 21_600_000 }]);
    expect(action).toMatchObject({
      workflowType: 'emergencyScaling',
      args: [{ trigger: 'schedule', requestedBy: 'ada', targets: { 'api-gateway': 2 }, dryRun: false }],
    });
    const preview = await json<Shown>('preview', 'even', '--count', '12');
    expect(preview.next).toHaveLength(12);
    expect(preview.next[0]?.starts).toMatch(/T(00|06|12|18):00:00Z$/);
    const again = await schedule('create', 'even', 'emergencyScaling', '--every', '1h');
    expect(again).toMatchObject({ exitCode: 2 });
    expect(again.stderr).toMatch(/^error: a schedule even is there already\nto do: .*schedule show even/m);
  });

  it('what is wrong with it is refused before anything is created', async () => {
    const flags = ['--at', '20:00', '--lead', '2h', '--set', 'api-gateway=2'];
    const refused = await schedule('create', 'wrong', 'emergencyScaling', ...flags);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toBe(
      'error: --lead: emergencyScaling is for no event: it starts at the time itself',
    );
  });
});

describe('a schedule that is there', () => {
  const quick = ['--field', 'effectiveness.timeoutMs=1s', '--set', 'api-gateway=3'];

  it('is triggered: the workflow really runs, and its outcome stands in the list', async () => {
    await json(
      'create',
      'daily',
      'emergencyScaling',
      '--at',
      '03:00',
      ...berlin,
      '--note',
      'night',
      ...quick,
    );
    const { workflowId, runId } = await json<{ workflowId: string; runId: string }>('trigger', 'daily');
    const handle = cli.stage.env.client.workflow.getHandle<() => Promise<ProcedureResult>>(workflowId, runId);
    expect(await handle.result()).toMatchObject({ outcome: 'completed', trigger: 'schedule' });
    expect(cli.stage.world.replicas['api-gateway']).toBe(3);
    const { searchAttributes: attributes } = await handle.describe();
    expect(attributes).toMatchObject({ [searchAttributes.procedure.name]: ['emergencyScaling'] });
    const one = await listed('daily', ({ lastRun }) => lastRun?.outcome === 'completed');
    expect(one).toMatchObject({ paused: false, note: 'night', lastRun: { workflowId } });
    expect(one.next?.starts).toMatch(/T03:00:00\+0[12]:00$/);
    const table = await schedule('list');
    expect(table.stdout).toMatch(
      /daily +emergencyScaling +daily 03:00, Europe\/Berlin +\S+ +\S+Z completed +tester +night/,
    );
  });

  it('does not start while the run before is at work: trigger says so, its own time is left out', async () => {
    const gate = gateAt(cli.stage.world, 'scaleService api-gateway 7');
    const flags = ['--every', '1m', '--paused', '--set', 'api-gateway=7'];
    await json('create', 'often', 'emergencyScaling', ...flags);
    const { workflowId } = await json<{ workflowId: string }>('trigger', 'often');
    await gate.reached;
    const second = await schedule('trigger', 'often');
    expect(second).toMatchObject({ exitCode: 7 });
    expect(second.stderr).toContain(`error: ${workflowId} of this schedule is still at work`);
    // As its own time would: past times are carried out as if they were now.
    const now = Date.now();
    await handleOf('often').backfill({ start: new Date(now - 150_000), end: new Date(now), overlap: 'SKIP' });
    const { skipped, taken } = await waitFor(
      async () => {
        const shown = await json<{ skipped: number; taken: number }>('show', 'often');
        return shown.skipped > 0 ? shown : undefined;
      },
      { timeoutMs: 20_000, what: 'the times to be left out' },
    );
    expect({ taken, skipped: skipped > 0 }).toEqual({ taken: 1, skipped: true });
    gate.open();
    await cli.stage.env.client.workflow.getHandle(workflowId).result();
  });

  it('of an event starts the procedure before it, which then waits for its steps', async () => {
    const at = new Date(Date.now() + 10 * 3_600_000).toISOString().slice(11, 16);
    const flags = [
      '--at',
      at,
      '--event',
      'Show',
      '--set',
      'api-gateway=9',
      '--field',
      'composeFile.edit=false',
    ];
    await json('create', 'show', 'plannedScaling', ...flags);
    const { workflowId } = await json<{ workflowId: string }>('trigger', 'show');
    expect(workflowId).toMatch(/-planned-show-\d{4}-/);
    const handle = cli.stage.env.client.workflow.getHandle(workflowId);
    const { steps } = await waitFor(
      async () => {
        const progress = await handle.query(progressQuery);
        return progress.phase === 'waiting' ? progress : undefined;
      },
      { timeoutMs: 30_000, what: 'the procedure to wait for its first step' },
    );
    // The whole target half an hour before; what the earlier steps want runs already.
    const due = Math.max(...steps.map(({ dueAtMs = 0 }) => dueAtMs));
    expect(new Date(due + 30 * 60_000).toISOString().slice(11, 19)).toBe(`${at}:00`);
    await cli.crescendo('abort', workflowId, '--mode', 'hold', '--reason', 'no show');
    await handle.result();
    await json('delete', 'show');
  });

  it('is paused with a reason, resumed, and deleted', async () => {
    const paused = await schedule('pause', 'daily', '--reason', 'no show this week', '--by', 'ada');
    expect(paused).toMatchObject({ exitCode: 0, stdout: 'daily: paused by ada: no show this week' });
    expect(await listed('daily', (one) => one.paused)).toMatchObject({
      note: 'paused by ada: no show this week',
    });
    expect((await schedule('preview', 'daily')).stdout).toContain('daily is paused');
    await json('resume', 'daily', '--reason', 'on again');
    expect((await handleOf('daily').describe()).state).toMatchObject({
      paused: false,
      note: 'resumed by tester: on again',
    });
    await json('delete', 'daily');
    const gone = await schedule('show', 'daily');
    expect(gone).toMatchObject({ exitCode: 2 });
    expect(gone.stderr).toContain('error: daily: no such schedule of');
    expect(gone.stderr).toContain('to do: `crescendo schedule list`');
  });
});
