import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextTimes } from '../../domain/recurrence.ts';
import { readWhen, recurrenceOf, sayWhen, specOf, type WhenOptions } from '../../client/schedules/when.ts';
import { sharedEnvironment } from '../workflows/env.ts';

beforeAll(() => sharedEnvironment('dev'));
afterAll(async () => (await sharedEnvironment()).teardown());

const read = (when: Partial<WhenOptions>) => readWhen({ timeZone: 'Europe/Berlin', ...when });

describe('when a schedule starts', () => {
  it.each([
    [{ cron: '0 20 * * fri' }, 'fri 20:00, Europe/Berlin'],
    [{ cron: '*/20 1-3 29,30 2,12 *' }, '0,20,40 1,2,3 29,30 2,12 *, Europe/Berlin'],
    [{ cron: '15 4 * 3,10 sun' }, '15 4 * 3,10 sun, Europe/Berlin'],
    [{ cron: '5/25 */8 * * *', timeZone: 'Asia/Kolkata' }, '5,30,55 0,8,16 * * *, Asia/Kolkata'],
    [{ at: '02:30', on: 'sat,7', timeZone: 'America/New_York' }, 'sat,sun 02:30, America/New_York'],
    [{ at: '23:59', on: 'mon-fri' }, 'mon,tue,wed,thu,fri 23:59, Europe/Berlin'],
    [{ at: '9:05', timeZone: 'UTC' }, 'daily 09:05, UTC'],
    [{ every: '1h30m' }, 'every 1 h 30 min'],
  ])('%j is what the server understands, to the second', async (when, sentence) => {
    const recurrence = read(when);
    expect(sayWhen(recurrence)).toBe(sentence);
    const { client } = await sharedEnvironment();
    const scheduleId = `when-${sentence}`;
    const handle = await client.schedule.create({
      scheduleId,
      spec: specOf(recurrence),
      action: { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none', args: [] },
      state: { paused: true },
    });
    const { spec, info } = await handle.describe();
    await handle.delete();
    const own = nextTimes(recurrence, info.createdAt.getTime(), 10);
    expect(own).toEqual(info.nextActionTimes.map((date) => date.getTime()));
    const back = recurrenceOf(spec);
    expect(back === undefined ? '' : sayWhen(back)).toBe(sentence);
  });

  it('knows the times of the server over a year with both changes of the clock', async () => {
    const recurrence = read({ at: '02:30', on: 'sun' });
    const { client } = await sharedEnvironment();
    const handle = await client.schedule.create({
      scheduleId: 'when-year',
      spec: specOf(recurrence),
      action: { type: 'startWorkflow', workflowType: 'none', taskQueue: 'none', args: [] },
      state: { paused: true },
    });
    const [from, to] = [Date.parse('2026-10-01T00:00:00Z'), Date.parse('2027-10-01T00:00:00Z')];
    const seconds = (ms: number) => ({ seconds: ms / 1_000 });
    const { startTime } = await client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: 'when-year',
      startTime: seconds(from) as never,
      endTime: seconds(to) as never,
    });
    await handle.delete();
    const server = startTime.map(({ seconds: at }) => Number(at) * 1_000);
    const own = nextTimes(recurrence, from, 100).filter((atMs) => atMs <= to);
    // Of the hour that comes twice the server takes one or both, as the zone has it.
    const twice = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((at) => Date.parse(at));
    const ordinary = (times: number[]) => times.filter((atMs) => !twice.includes(atMs));
    expect(ordinary(server)).toEqual(ordinary(own));
    expect(own).toEqual(expect.arrayContaining(twice));
    expect(server).not.toContain(Date.parse('2027-03-28T01:30:00Z'));
  });

  it.each([
    [{}, '--at: give one of'],
    [{ at: '20:00', every: '1h' }, '--at: give one of'],
    [{ at: '25:00' }, '--at: "25:00" is no time of day'],
    [{ at: '20:00', timeZone: 'Mars' }, '--time-zone: "Mars" is no time zone'],
    [{ at: '20:00', on: 'someday' }, '--on: day of week "someday"'],
    [{ on: 'fri', every: '1h' }, '--on: goes with --at'],
    [{ cron: '0 20 1 * fri' }, '--cron: day of month and day of week'],
    [{ cron: '0 20 * * xyz' }, '--cron: day of week "xyz"'],
    [{ cron: '0 20 * *' }, '--cron: "0 20 * *" has 4 fields'],
    [{ cron: '61 * * * *' }, '--cron: minute "61" is not within 0 to 59'],
    [{ cron: '9-3 * * * *' }, '--cron: minute "9-3" is empty'],
    [{ every: '10s' }, '--every: must be whole seconds'],
    [{ every: 'often' }, '--every: "often" is not a time'],
  ])('%j is refused with the flag at fault', (when, message) => {
    expect(() => read(when)).toThrow(message);
  });
});
