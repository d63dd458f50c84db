import { expect, test } from 'vitest';
import { changedEvent } from '../../domain/event-change.ts';

const wanted = {
  input: { name: 'TV spot', start: '2026-12-01T20:00', timeZone: 'Europe/Berlin' },
  peaks: { gateway: 5_000 },
  targets: { router: 3 },
};
const times = { name: 'TV spot', startMs: 0, endMs: 3_600_000, timeZone: 'Europe/Berlin', notes: [] };

test('an event that is moved is as long as before, and what is not named stays', () =>
  expect(changedEvent(wanted, times, { start: '2026-12-02T20:00' })).toEqual({
    ...wanted,
    input: { ...wanted.input, start: '2026-12-02T20:00', lengthMs: 3_600_000 },
  }));

test('another time zone does not move times that stay', () =>
  expect(changedEvent(wanted, times, { timeZone: 'Asia/Tokyo' }).input).toMatchObject({
    start: '1970-01-01T00:00:00.000Z',
    timeZone: 'Asia/Tokyo',
  }));

test('a target takes the place of a peak, and the other way round', () =>
  expect(changedEvent(wanted, times, { peaks: { router: 100 }, targets: { gateway: 4 } })).toMatchObject({
    peaks: { router: 100 },
    targets: { gateway: 4 },
  }));
