import { describe, expect, test } from 'vitest';
import { eventTimes, hasOffset, isLocalTime, slugOf } from '../../domain/event.ts';

const from = Date.parse('2027-03-01T00:00:00Z');

describe('the times of an event', () => {
  test('an offset says the moment, whatever the time zone', () => {
    const { startMs, endMs } = eventTimes(
      { name: 'x', start: '2027-03-02T20:00:00+01:00', timeZone: 'Asia/Tokyo', lengthMs: 1_000 },
      from,
    );
    expect(startMs).toBe(Date.parse('2027-03-02T19:00:00Z'));
    expect(endMs - startMs).toBe(1_000);
  });

  test('an end may lie behind a change of the clock', () => {
    const { startMs, endMs, notes } = eventTimes(
      { name: 'x', start: '2027-03-27T20:00', end: '2027-03-28T08:00', timeZone: 'Europe/Berlin' },
      from,
    );
    expect(endMs - startMs).toBe(11 * 3_600_000);
    expect(notes).toEqual([]);
  });

  test('an event that comes again is the next one', () => {
    const input = { name: 'x', nextAt: '20:00', timeZone: 'Europe/Berlin', lengthMs: 1_000 };
    expect(eventTimes(input, from).startMs).toBe(Date.parse('2027-03-01T20:00:00+01:00'));
    const late = Date.parse('2027-03-27T20:00:01+01:00');
    expect(eventTimes(input, late).startMs).toBe(Date.parse('2027-03-28T20:00:00+02:00'));
  });

  test('without an end it is taken as 2 h long, which is said', () => {
    const { startMs, endMs, notes } = eventTimes({ name: 'x', start: '2027-03-02T20:00:00Z' }, from);
    expect(endMs - startMs).toBe(2 * 3_600_000);
    expect(notes.map(({ rule }) => rule)).toEqual(['event.length']);
  });

  test('what is no time is none', () => {
    expect(['2027-02-30T10:00', '2027-13-01T10:00', '20:00', '2027-01-01T24:00'].filter(isLocalTime)).toEqual(
      [],
    );
    expect(['2027-01-01T10:00', '2027-01-01T10:00+25:00x'].filter(hasOffset)).toEqual([]);
  });

  test.each([
    ['TV spot', 'tv-spot'],
    ['  Début d’été 2027!', 'debut-d-ete-2027'],
    ['新年', 'event'],
  ])('%s is %s in a workflow id', (name, slug) => expect(slugOf(name)).toBe(slug));
});
