import { expect, test } from 'vitest';
import type { EventSchedule } from '../../domain/event-schedule.ts';
import { scheduleChanges } from '../../domain/plan-changes.ts';

const HOUR = 3_600_000;
const startMs = Date.parse('2026-12-01T20:00:00Z');
const schedule = (peak: number, atMs = startMs, more: object = {}): EventSchedule => ({
  event: { name: 'TV spot', startMs: atMs, endMs: atMs + HOUR, timeZone: 'Europe/Berlin' },
  now: { gateway: 1 },
  waves: [
    { id: 'wave-1', share: 0.5, atMs: atMs - 2 * HOUR, replicas: { gateway: peak / 2, router: 2 }, ...more },
    { id: 'wave-2', share: 1, atMs: atMs - HOUR, replicas: { gateway: peak, router: 3 } },
  ],
});

test('a change of the peak tells each wave with old and new counts, and what stays once', () =>
  expect(scheduleChanges(schedule(4), schedule(6))).toEqual([
    'gateway 4 -> 6 at the peak',
    '50 % at 2026-12-01T19:00:00+01:00: gateway 2 -> 3, router 2',
    '100 % at 2026-12-01T20:00:00+01:00: gateway 4 -> 6, router 3',
  ]));

test('a change of the start tells each wave with old and new time; one that has passed has no counts', () =>
  expect(scheduleChanges(schedule(4), schedule(4, startMs + HOUR, { skipped: true }))).toEqual([
    'start 2026-12-01T21:00:00+01:00 -> 2026-12-01T22:00:00+01:00',
    'end 2026-12-01T22:00:00+01:00 -> 2026-12-01T23:00:00+01:00',
    '50 % at 2026-12-01T19:00:00+01:00 -> 2026-12-01T20:00:00+01:00: passed',
    '100 % at 2026-12-01T20:00:00+01:00 -> 2026-12-01T21:00:00+01:00: gateway 4, router 3',
  ]));
