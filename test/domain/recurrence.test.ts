import { describe, expect, it } from 'vitest';
import { earlier, earlierInTime, nextTimes, oddTimes, type Calendar } from '../../domain/recurrence.ts';

const at = (text: string): number => Date.parse(text);
const iso = (times: number[]): string[] => times.map((atMs) => new Date(atMs).toISOString().slice(0, 16));
const inBerlin = (...calendars: Calendar[]) =>
  ({ kind: 'calendar', calendars, timeZone: 'Europe/Berlin' }) as const;

describe('the next times', () => {
  it('of a weekly calendar keep the clock time over a change of the clock', () => {
    const fridays = inBerlin({ hours: [20], minutes: [0], daysOfWeek: [5] });
    expect(iso(nextTimes(fridays, at('2027-03-20T00:00:00Z'), 3))).toEqual([
      '2027-03-26T19:00',
      '2027-04-02T18:00',
      '2027-04-09T18:00',
    ]);
  });

  it('leave out a time that a day does not have, and have one twice that it has twice', () => {
    const nightly = inBerlin({ hours: [2], minutes: [30] });
    expect(iso(nextTimes(nightly, at('2027-03-27T00:00:00Z'), 2))).toEqual([
      '2027-03-27T01:30',
      '2027-03-29T00:30',
    ]);
    expect(iso(nextTimes(nightly, at('2026-10-24T12:00:00Z'), 2))).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
    ]);
  });

  it('are those of all calendars together, without doubles, and begin after the moment asked from', () => {
    const both = inBerlin({ hours: [8], minutes: [0] }, { hours: [2, 8], minutes: [0] });
    expect(iso(nextTimes(both, at('2026-12-01T07:00:00Z'), 3))).toEqual([
      '2026-12-02T01:00',
      '2026-12-02T07:00',
      '2026-12-03T01:00',
    ]);
  });

  it('find February 29, and end where there is none to find', () => {
    const leap = inBerlin({ hours: [12], minutes: [0], daysOfMonth: [29], months: [2] });
    expect(iso(nextTimes(leap, at('2026-12-01T00:00:00Z'), 1))).toEqual(['2028-02-29T11:00']);
    const never = inBerlin({ hours: [12], minutes: [0], daysOfMonth: [31], months: [2] });
    expect(nextTimes(never, at('2026-12-01T00:00:00Z'), 1)).toEqual([]);
  });

  it('of an interval are even steps since 1970', () => {
    const sixHours = { kind: 'interval', everyMs: 6 * 3_600_000 } as const;
    expect(iso(nextTimes(sixHours, at('2026-12-01T06:00:00Z'), 2))).toEqual([
      '2026-12-01T12:00',
      '2026-12-01T18:00',
    ]);
  });
});

it('times that a change of the clock takes away or brings twice are known a year ahead', () => {
  const nightly = inBerlin({ hours: [2, 20], minutes: [30] });
  expect(oddTimes(nightly, at('2026-06-01T00:00:00Z'), 365)).toEqual([
    { local: '2026-10-25 02:30', times: 2 },
    { local: '2027-03-28 02:30', times: 0 },
  ]);
  expect(oddTimes(inBerlin({ hours: [20], minutes: [0] }), at('2026-06-01T00:00:00Z'), 365)).toEqual([]);
});

describe('what must begin earlier', () => {
  it('is on the same day where it fits', () => {
    const friday = { hours: [20], minutes: [0], daysOfWeek: [5] };
    expect(earlier(friday, 2.25 * 3_600_000)).toEqual([{ hours: [17], minutes: [45], daysOfWeek: [5] }]);
  });

  it('goes to the day before, for Sunday to Saturday', () => {
    const sunday = { hours: [1], minutes: [0], daysOfWeek: [0, 3] };
    expect(earlier(sunday, 2.25 * 3_600_000)).toEqual([{ hours: [22], minutes: [45], daysOfWeek: [6, 2] }]);
  });

  it('of several times a day is a calendar each', () => {
    const twice = { hours: [1, 12], minutes: [30] };
    expect(earlier(twice, 3_600_000)).toEqual([
      { hours: [0], minutes: [30] },
      { hours: [11], minutes: [30] },
    ]);
  });

  it('is refused on the day before a day of the month', () => {
    const first = { hours: [1], minutes: [0], daysOfMonth: [1] };
    expect(() => earlier(first, 2 * 3_600_000)).toThrow(/day before/);
    expect(earlier(first, 1_800_000)).toEqual([{ hours: [0], minutes: [30], daysOfMonth: [1] }]);
  });
});

describe('what must begin earlier, where the clock is put forward', () => {
  const HOUR = 3_600_000;
  const berlin = { timeZone: 'Europe/Berlin', fromMs: at('2026-11-25T12:00:00Z') };
  const daily = (hour: number, minute: number, more: object = {}) => ({
    hours: [hour],
    minutes: [minute],
    ...more,
  });

  it('over its start: it begins before the hour that is left out, so that it begins at all', () => {
    // 02:00 by the clock, which is not there on March 28.
    const calendars = earlierInTime(daily(4, 15), 2.25 * HOUR, berlin);
    expect(calendars).toEqual([daily(1, 0)]);
    const [start] = nextTimes(inBerlin(...calendars), at('2027-03-27T12:00:00Z'), 1);
    expect(at('2027-03-28T02:15:00Z') - (start ?? 0)).toBe(2.25 * HOUR);
  });

  it('between its start and the time: the hour that is lost is given back', () =>
    expect(earlierInTime(daily(3, 30), 2.25 * HOUR, berlin)).toEqual([daily(0, 15)]));

  it('is as early as the clock says where that does no harm: in the evening, or on a day without a change', () => {
    expect(earlierInTime(daily(20, 0), 2.25 * HOUR, berlin)).toEqual([daily(17, 45)]);
    const fridays = daily(4, 15, { daysOfWeek: [5] });
    expect(earlierInTime(fridays, 2.25 * HOUR, berlin)).toEqual([daily(2, 0, { daysOfWeek: [5] })]);
    expect(earlierInTime(daily(4, 15), 2.25 * HOUR, { ...berlin, timeZone: 'UTC' })).toEqual([daily(2, 0)]);
  });
});
