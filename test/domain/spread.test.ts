import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { criticalValue, judgeSpread } from '../../domain/spread.ts';

const spread = (...counts: (number | null)[]) => ({
  requests: 100,
  failed: 0,
  answered: Object.fromEntries(counts.map((count, index) => [`replica-${index + 1}`, count])),
});

describe('the spread of requests over replicas', () => {
  it('in turn passes', () => {
    expect(judgeSpread(spread(34, 33, 33)).verdict).toBe('pass');
  });

  it('with nothing for one of them fails, and names it', () => {
    expect(judgeSpread(spread(50, 50, 0))).toEqual({
      verdict: 'fail',
      sentence: 'none of 100 reached replica-3',
    });
  });

  it('beyond what chance allows fails, with the test that says so', () => {
    const { verdict, sentence } = judgeSpread(spread(80, 15, 5));
    expect(verdict).toBe('fail');
    expect(sentence).toMatch(/chi-square 9\d\.\d, limit 14\.1 \(p < 0\.001, 3 replicas\)/);
  });

  it('of requests that failed fails, however even the others are', () => {
    expect(judgeSpread({ ...spread(25, 25), failed: 50 })).toEqual({
      verdict: 'fail',
      sentence: '50 of 100 requests failed',
    });
    expect(judgeSpread({ ...spread(50, null), failed: 1 }).verdict).toBe('fail');
    expect(judgeSpread({ requests: 10_000, failed: 9, answered: { a: 5_000, b: 4_991 } }).verdict).toBe(
      'pass',
    );
  });

  it('that somebody does not tell is unknown, and so is one over nobody', () => {
    expect(judgeSpread(spread(50, null)).verdict).toBe('unknown');
    expect(judgeSpread(spread()).verdict).toBe('unknown');
  });

  it('by fair dice passes nearly always', () => {
    const fair = fc.array(fc.nat(2), { minLength: 100, maxLength: 100 });
    let failed = 0;
    fc.assert(
      fc.property(fair, (dice) => {
        const counts = [0, 1, 2].map((replica) => dice.filter((die) => die === replica).length);
        if (judgeSpread(spread(...counts)).verdict === 'fail') failed += 1;
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(failed).toBeLessThan(5);
  });

  it('is judged by the quantiles of the tables', () => {
    // Chi-square, upper 0.1 %: 10.828, 13.816, 27.877.
    expect(criticalValue(1)).toBeCloseTo(10.83, 0);
    expect(criticalValue(2)).toBeCloseTo(13.82, 0);
    expect(criticalValue(9)).toBeCloseTo(27.88, 0);
  });
});
