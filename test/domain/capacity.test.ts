import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfUp, rampTargets, requiredReplicas } from '../../domain/capacity.ts';

const required = (peakPerMinute: number, capacityPerMinute: number, safetyFactor?: number) =>
  requiredReplicas({
    peakPerMinute,
    capacityPerMinute,
    ...(safetyFactor === undefined ? {} : { safetyFactor }),
  });

describe('capacity', () => {
  it('is what the examples of the appendix say: 6 gateways, 8 message services', () => {
    expect(required(2000, 500).replicas).toBe(6);
    expect(required(5000, 1000)).toEqual({ replicas: 8, sentence: '5000/min / 1000/min x 1.5 = 8' });
  });

  it('is the rule of thumb of Scenario 2 with a safety factor of 1: 5 message services', () => {
    expect(required(5000, 1000, 1).replicas).toBe(5);
    expect(required(10, 500, 1).replicas).toBe(1);
    expect(required(0, 500, 1).replicas).toBe(1);
  });

  it('is enough for the peak with its headroom, and one replica less would not be', () => {
    const rate = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(rate, rate, fc.constantFrom(1, 1.25, 1.5, 2), (peak, capacity, factor) => {
        const { replicas } = required(peak, capacity, factor);
        const need = peak * factor;
        expect(replicas * capacity).toBeGreaterThanOrEqual(need * (1 - 1e-8));
        expect((replicas - 1) * capacity).toBeLessThan(Math.max(need, 1));
      }),
    );
  });

  it('never falls when the peak grows', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), fc.integer({ min: 1, max: 5000 }), (a, b, capacity) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(required(less, capacity).replicas).toBeLessThanOrEqual(required(more, capacity).replicas);
      }),
    );
  });

  it('refuses what is no rate, all of it at once', () => {
    expect(() => required(Number.NaN, 0, 0.5)).toThrow(
      'peakPerMinute: NaN is not a rate; capacityPerMinute: must be above 0; safetyFactor: must be at least 1',
    );
  });
});

describe('a ramp', () => {
  it('is the example of the runbook: 3, 5, 3 in stages of 50, 75 and 100 %', () => {
    const stages = [3, 5, 3].map((target) => rampTargets(target, 1));
    expect([0, 1, 2].map((stage) => stages.map((targets) => targets[stage]))).toEqual([
      [2, 3, 2],
      [2, 4, 2],
      [3, 5, 3],
    ]);
  });

  it('rounds half up', () => {
    expect([0.49, 0.5, 1.5, 2.25, 2.5, 3.75].map(halfUp)).toEqual([0, 1, 2, 2, 3, 4]);
  });

  it('never goes down, never below what runs, and ends at the target', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(100), (target, now) => {
        const targets = rampTargets(target, now);
        expect(targets.toSorted((a, b) => a - b)).toEqual(targets);
        expect(Math.min(...targets)).toBeGreaterThanOrEqual(Math.max(now, 1));
        expect(targets.at(-1)).toBe(Math.max(target, now));
        expect(Math.max(...targets)).toBe(Math.max(target, now));
      }),
    );
  });
});
