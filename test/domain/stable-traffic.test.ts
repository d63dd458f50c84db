import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../domain/reading.ts';
import { addTraffic, judgeTraffic, openTraffic, type StableTraffic } from '../../domain/stable-traffic.ts';
import { trafficMeter } from '../../domain/traffic-reading.ts';
import { blind, catalogOf, observationOf, reading, serviceSeen, spec } from './builders.ts';

const MINUTE = 60_000;
const stableMs = 15 * MINUTE;
const everyMs = 15_000;

/** Judges readings that come each 15 s; `null` is one that could not be had. */
const judge = (values: readonly (number | null)[], countedMs = 0): StableTraffic => {
  const readings: Reading[] = values.map((value) => (value === null ? blind : reading(value)));
  const window = readings.reduce(
    (seen, one, index) => addTraffic(seen, one, index * everyMs),
    openTraffic({ stableMs, lookMs: everyMs }, 0),
  );
  return judgeTraffic(window, values.length * everyMs, countedMs);
};
const series = (minutes: number, value: (minute: number) => number | null): (number | null)[] =>
  Array.from({ length: minutes * 4 }, (_, index) => value(index / 4));
const level = fc.double({ min: 1, max: 1e6, noNaN: true });

describe('traffic over 15 minutes', () => {
  it('is stable when it neither drifts nor varies, and says the figures', () => {
    const judged = judge(series(15, (minute) => 900 + 30 * Math.sin(minute * 5)));
    expect(judged).toMatchObject({ stable: true, seen: 15, slots: 15 });
    expect(judged.mean).toBeCloseTo(900, -1);
    expect(judged.sentence).toMatch(
      /^traffic is stable: .* over 15 min \(limit 20 %\), varies by .* \(limit 25 %\)$/,
    );
  });

  it('is stable at every constant level, also at none', () => {
    fc.assert(fc.property(level, (value) => judge(series(15, () => value)).stable === true));
    expect(judge(series(15, () => 0))).toMatchObject({ stable: true, mean: 0 });
  });

  it('is not stable while it grows or falls by more than a fifth, however smoothly', () => {
    fc.assert(
      fc.property(level, fc.double({ min: 0.25, max: 1.5, noNaN: true }), fc.boolean(), (mean, drift, up) => {
        const slope = (mean * drift * (up ? 1 : -1)) / 15;
        const judged = judge(series(15, (minute) => mean + slope * (minute - 7.5)));
        return judged.stable === false;
      }),
    );
  });

  it('judges the same whatever the unit is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 10, max: 1_000, noNaN: true }), { minLength: 60, maxLength: 60 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (values, factor) => {
          const [one, other] = [judge(values), judge(values.map((value) => value * factor))];
          expect(other.drift).toBeCloseTo(one.drift ?? 0, 6);
          expect(other.variation).toBeCloseTo(one.variation ?? 0, 6);
        },
      ),
    );
  });

  it('goes down as far as it goes up when time runs backwards', () => {
    fc.assert(
      fc.property(fc.array(level, { minLength: 60, maxLength: 60 }), (values) => {
        expect(judge(values.toReversed()).drift).toBeCloseTo(-(judge(values).drift ?? 0), 6);
      }),
    );
  });

  it('is not stable when it jumps about without a trend', () => {
    const judged = judge(series(15, (minute) => (Math.floor(minute) % 2 === 0 ? 300 : 900)));
    expect(judged.stable).toBe(false);
    expect(Math.abs(judged.drift ?? 1)).toBeLessThan(0.2);
  });

  it('is not confirmed by one good look, nor before the time is over', () => {
    expect(judge([900])).toMatchObject({ stable: 'unknown' });
    expect(judge(series(14, () => 900)).stable).toBe('unknown');
  });

  it('is not confirmed where a minute of it was not seen; a single look may be missing', () => {
    const gap = judge(series(15, (minute) => (minute >= 7 && minute < 8 ? null : 900)));
    expect(gap).toMatchObject({ stable: 'unknown', seen: 14 });
    expect(gap.sentence).toBe('traffic is unknown in 1 of 15 parts of the last 15 min: not measured');
    expect(judge(series(15, (minute) => (minute === 7 ? null : 900))).stable).toBe(true);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 14 }), (lost) => {
        const values = series(15, (minute) => (Math.floor(minute) === lost ? null : 900));
        return judge(values).stable === 'unknown';
      }),
    );
  });

  it('never takes a reading that is missing for none', () => {
    expect(judge(series(15, () => null))).toMatchObject({ stable: 'unknown', seen: 0 });
  });

  it('forgets what was before the window: a spike that is over for 15 minutes', () => {
    expect(judge(series(20, (minute) => (minute < 5 ? 5_000 : 900))).stable).toBe(true);
    expect(judge(series(19, (minute) => (minute < 5 ? 5_000 : 900))).stable).toBe(false);
  });

  it('grants a quiet night the noise of counting a few requests', () => {
    // 5/min, counted for 2 s in each look: most looks see no request, a few see one (30/min).
    const random = '00010000000100000001000000000100000010000000000100000001000000'.split('').map(Number);
    const values = series(15, (minute) => (random[minute * 4] === 1 ? 30 : 0));
    expect(judge(values).stable).toBe(false);
    expect(judge(values, 2_000).stable).toBe(true);
  });

  it('keeps no more of the past than it needs', () => {
    let window = openTraffic({ stableMs, lookMs: everyMs }, 0);
    for (let look = 0; look < 5_000; look += 1) window = addTraffic(window, reading(900.123), look * everyMs);
    expect(window.kept.length).toBe(16);
  });

  it('has at least five parts with two looks each in a short window', () => {
    expect(openTraffic({ stableMs: 20_000, lookMs: 2_000 }, 0)).toMatchObject({ slots: 5, slotMs: 4_000 });
  });
});

describe('the meter of traffic', () => {
  const metrics = { kind: 'actuator', port: 8080, basePath: '/actuator' } as const;
  const services = [serviceSeen('web', 2, { requestRatePerMinute: reading(700) })];

  it('counts requests at the front door', () => {
    const meter = trafficMeter(catalogOf([spec('web', { metrics })]), ['worker']);
    expect(meter.counts).toBe(true);
    expect(meter.read(observationOf({ services }))).toMatchObject({ value: 700 });
    expect(meter.read(observationOf({ services: [] })).known).toBe(false);
  });

  it('adds the CPU of the services up where there is no count, unless one of them is unknown', () => {
    const meter = trafficMeter(catalogOf([spec('web')]), ['web']);
    expect(meter.counts).toBe(false);
    expect(meter.read(observationOf({ services })).known).toBe(false);
    const web = serviceSeen('web', 2);
    const usage = Object.fromEntries(
      Object.entries(web.usage).map(([name, one]) => [name, { ...one, cpus: reading(0.25) }]),
    );
    expect(meter.read(observationOf({ services: [{ ...web, usage }] }))).toMatchObject({ value: 0.5 });
  });
});
