import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLocal, isTimeZone, localTimeOf, momentsOf, nextLocalTime } from '../../domain/local-time.ts';

const at = (text: string): number => Date.parse(text);
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/New_York',
];

describe('moments of a clock time', () => {
  it('are one on an ordinary day', () => {
    const local = { year: 2026, month: 12, day: 1, hour: 20, minute: 0 };
    expect(momentsOf(local, 'Europe/Berlin')).toEqual([at('2026-12-01T19:00:00Z')]);
  });

  it('are none where the clock is put forward, and two where it is put back', () => {
    const gap = { year: 2027, month: 3, day: 28, hour: 2, minute: 30 };
    expect(momentsOf(gap, 'Europe/Berlin')).toEqual([]);
    const twice = { year: 2026, month: 10, day: 25, hour: 2, minute: 30 };
    expect(momentsOf(twice, 'Europe/Berlin')).toEqual([
      at('2026-10-25T00:30:00Z'),
      at('2026-10-25T01:30:00Z'),
    ]);
  });

  it('hold for every moment in every zone: its own clock time leads back to it', () => {
    const moment = fc.integer({
      min: at('2020-01-01T00:00:00Z') / 60_000,
      max: at('2035-01-01T00:00:00Z') / 60_000,
    });
    fc.assert(
      fc.property(moment, fc.constantFrom(...zones), (minutes, zone) => {
        const atMs = minutes * 60_000;
        expect(momentsOf(localTimeOf(atMs, zone), zone)).toContain(atMs);
        expect(at(formatLocal(atMs, zone))).toBe(atMs);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the next time a clock shows', () => {
  it('is today when it is still to come, else tomorrow', () => {
    expect(nextLocalTime('20:00', 'Europe/Berlin', at('2026-12-01T17:00:00Z'))).toBe(
      at('2026-12-01T19:00:00Z'),
    );
    expect(nextLocalTime('20:00', 'Europe/Berlin', at('2026-12-01T19:00:00Z'))).toBe(
      at('2026-12-01T19:00:00Z'),
    );
    expect(nextLocalTime('20:00', 'Europe/Berlin', at('2026-12-01T19:00:01Z'))).toBe(
      at('2026-12-02T19:00:00Z'),
    );
  });

  it('follows a change of the clock that lies in between', () => {
    // From 01:00 +01:00 it is two hours and not three to 04:00 +02:00.
    expect(nextLocalTime('04:00', 'Europe/Berlin', at('2027-03-28T00:00:00Z'))).toBe(
      at('2027-03-28T02:00:00Z'),
    );
    expect(nextLocalTime('04:00', 'Europe/Berlin', at('2026-10-24T23:00:00Z'))).toBe(
      at('2026-10-25T03:00:00Z'),
    );
  });

  it('is later by the change on a day that does not have it, and no day is left out', () => {
    expect(nextLocalTime('02:30', 'Europe/Berlin', at('2027-03-27T23:30:00Z'))).toBe(
      at('2027-03-28T01:30:00Z'),
    );
    expect(nextLocalTime('23:45', 'Europe/Berlin', at('2027-03-27T22:50:00Z'))).toBe(
      at('2027-03-28T21:45:00Z'),
    );
  });

  it('is never before the moment asked from, never more than 25 hours after it, and shows the time', () => {
    const moment = fc.integer({
      min: at('2024-01-01T00:00:00Z') / 60_000,
      max: at('2030-01-01T00:00:00Z') / 60_000,
    });
    fc.assert(
      fc.property(
        moment,
        fc.constantFrom(...zones),
        fc.integer({ min: 4, max: 23 }),
        (minutes, zone, hour) => {
          const fromMs = minutes * 60_000;
          const next = nextLocalTime(`${hour}:15`, zone, fromMs);
          expect(next - fromMs).toBeGreaterThanOrEqual(0);
          expect(next - fromMs).toBeLessThanOrEqual(25 * 3_600_000);
          expect(localTimeOf(next, zone)).toMatchObject({ hour, minute: 15 });
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('knows the names of zones, and writes a moment with its offset', () => {
  expect(zones.every(isTimeZone)).toBe(true);
  expect(isTimeZone('Europe/Nowhere')).toBe(false);
  expect(formatLocal(at('2026-12-01T19:00:00Z'), 'Europe/Berlin')).toBe('2026-12-01T20:00:00+01:00');
  expect(formatLocal(at('2026-12-01T19:00:00Z'), 'America/Sao_Paulo')).toBe('2026-12-01T16:00:00-03:00');
  expect(formatLocal(at('2026-12-01T19:00:00Z'), 'UTC')).toBe('2026-12-01T19:00:00Z');
});
