import { describe, expect, it } from 'vitest';
import { unknown } from '../../domain/reading.ts';
import { directionOf, scaleDownRules, scaleUpRules, type ServiceSeries } from '../../domain/thresholds.ts';
import { reading } from './builders.ts';

const minute = 60_000;
const nowMs = 100 * minute;

/** One reading each half minute back to `forMinutes` ago; `null` is one that could not be had. */
const series = (forMinutes: number, value: (minutesAgo: number) => number | null) =>
  Array.from({ length: forMinutes * 2 + 1 }, (_, index) => {
    const minutesAgo = forMinutes - index / 2;
    const at = value(minutesAgo);
    return {
      atMs: nowMs - minutesAgo * minute,
      reading: at === null ? unknown('lost', 'test') : reading(at),
    };
  });
const steady = (value: number) => series(20, () => value);
const calm: ServiceSeries = {
  service: 'web',
  cpuOfLimit: steady(0.2),
  memoryOfLimit: steady(0.3),
  healthy: true,
};
const up = (more: Partial<ServiceSeries>) => scaleUpRules({ ...calm, ...more }, { nowMs });
const down = (more: Partial<ServiceSeries> = {}) => scaleDownRules({ ...calm, ...more }, { nowMs });
const fired = (rules: { rule: string; fired: unknown }[]) =>
  Object.fromEntries(rules.map((rule) => [rule.rule, rule.fired]));
const direction = (more: Partial<ServiceSeries>) => directionOf(up(more), down(more)).direction;

describe('scale up when', () => {
  it('CPU is above 70 % for five minutes', () => {
    const [cpu] = up({ cpuOfLimit: series(6, () => 0.71) });
    expect(cpu).toEqual({
      rule: 'scale-up.cpu',
      fired: true,
      value: 0.71,
      threshold: 0.7,
      sentence: 'CPU of web is above 70 % for 5 min',
    });
    expect(fired(up({ cpuOfLimit: steady(0.7) }))['scale-up.cpu']).toBe(false);
  });

  it('memory is above 80 % for five minutes', () => {
    expect(fired(up({ memoryOfLimit: steady(0.81) }))['scale-up.memory']).toBe(true);
    expect(fired(up({ memoryOfLimit: steady(0.8) }))['scale-up.memory']).toBe(false);
  });

  it.each([
    ['p95Ms', 'scale-up.p95', 2000, 2001],
    ['errorRate', 'scale-up.errors', 0.01, 0.011],
    ['lagMessages', 'scale-up.lag', 1000, 1001],
    ['poolUtilization', 'scale-up.pool', 0.8, 0.81],
  ])('%s is above its threshold now', (name, rule, not, yes) => {
    expect(fired(up({ [name]: [{ atMs: nowMs, reading: reading(not) }] }))[rule]).toBe(false);
    expect(fired(up({ [name]: [{ atMs: nowMs, reading: reading(yes) }] }))[rule]).toBe(true);
    expect(fired(up({ [name]: [{ atMs: nowMs - 2 * minute, reading: reading(yes) }] }))[rule]).toBe(
      'unknown',
    );
    expect(fired(up({}))[rule]).toBeUndefined();
  });
});

describe('sustained', () => {
  it('is not a window with one dip in it', () => {
    const dip = series(6, (ago) => (ago === 3 ? 0.69 : 0.9));
    expect(up({ cpuOfLimit: dip })[0]).toMatchObject({
      fired: false,
      value: 0.69,
      sentence: 'CPU of web is not above 70 % for all of 5 min',
    });
  });

  it('is not a window that was not seen from its begin', () => {
    expect(up({ cpuOfLimit: series(4, () => 0.9) })[0]).toMatchObject({
      fired: 'unknown',
      sentence: 'CPU of web cannot be said to be above 70 %: seen for 4 min of 5 min',
    });
  });

  it('is not a window with a gap, of silence or of readings that could not be had', () => {
    const silent = steady(0.9).filter(({ atMs }) => atMs < nowMs - 3 * minute || atMs > nowMs - minute);
    expect(up({ cpuOfLimit: silent })[0]?.fired).toBe('unknown');
    expect(up({ cpuOfLimit: series(6, (ago) => (ago > 1 && ago < 3 ? null : 0.9)) })[0]?.fired).toBe(
      'unknown',
    );
    expect(up({ cpuOfLimit: series(20, (ago) => (ago < 2 ? null : 0.9)) })[0]?.fired).toBe('unknown');
    expect(up({ cpuOfLimit: [] })[0]?.fired).toBe('unknown');
  });

  it('forgives one lost reading on the way up, and none on the way down', () => {
    const lost = (value: number) => series(20, (ago) => (ago === 2 ? null : value));
    expect(up({ cpuOfLimit: lost(0.9) })[0]?.fired).toBe(true);
    expect(down({ cpuOfLimit: lost(0.1) })[0]?.fired).toBe('unknown');
  });

  it('counts what came before the window only when it joins the window', () => {
    const hotBefore = series(6, (ago) => (ago > 4.5 ? 0.1 : 0.9));
    expect(up({ cpuOfLimit: hotBefore })[0]?.fired).toBe(false);
  });
});

describe('scale down when', () => {
  it('CPU is below 30 % and memory below 50 % for fifteen minutes and all is healthy', () => {
    expect(fired(down())).toEqual({
      'scale-down.cpu': true,
      'scale-down.memory': true,
      'scale-down.healthy': true,
    });
    expect(direction({})).toBe('down');
  });

  it.each<[string, Partial<ServiceSeries>]>([
    ['CPU was higher 14 minutes ago', { cpuOfLimit: series(20, (ago) => (ago === 14 ? 0.3 : 0.1)) }],
    ['memory is at 50 %', { memoryOfLimit: steady(0.5) }],
    ['a replica is not healthy', { healthy: false }],
    ['health is unknown', { healthy: 'unknown' }],
    ['CPU is unknown', { cpuOfLimit: series(20, () => null) }],
    ['P95 is unknown', { p95Ms: series(1, () => null) }],
    ['it was seen for ten minutes only', { cpuOfLimit: series(10, () => 0.1) }],
  ])('not when %s', (_why, more) => expect(direction(more)).toBe('none'));

  it('not when lag is high: that is a reason to scale up', () => {
    expect(direction({ lagMessages: steady(1500) })).toBe('up');
  });

  it('up goes by what is still known', () => {
    expect(direction({ memoryOfLimit: [], cpuOfLimit: steady(0.9), healthy: 'unknown' })).toBe('up');
  });
});
