import { describe, expect, it } from 'vitest';
import { judgeGate, type Gate } from '../../domain/gates.ts';
import { blind, reading } from './builders.ts';

const gate: Gate = {
  rules: [
    { metric: 'p95Ms', below: 500 },
    { metric: 'errorRate', below: 0.01, tolerated: 1 },
  ],
  minSamples: 2,
};
const sample = (p95: number | null, errors: number | null) => ({
  p95Ms: p95 === null ? blind : reading(p95),
  errorRate: errors === null ? blind : reading(errors),
});

describe('a gate', () => {
  it('passes while every rule holds, tolerated readings included', () => {
    expect(judgeGate(gate, [sample(499, 0), sample(10, 0.5)])).toEqual({ verdict: 'pass', reasons: [] });
  });

  it('fails with the reason of every rule that was broken', () => {
    expect(judgeGate(gate, [sample(500, 0.02), sample(80, 0.03)])).toEqual({
      verdict: 'fail',
      reasons: [
        'p95Ms reached 500, not below 500, in 1 of 2 readings',
        'errorRate reached 0.03, not below 0.01, in 2 of 2 readings',
      ],
    });
  });

  it('is inconclusive when too little is known, since that is no pass', () => {
    expect(judgeGate(gate, [sample(10, 0), sample(null, 0)])).toEqual({
      verdict: 'inconclusive',
      reasons: ['p95Ms is known in 1 of 2 readings, 2 are needed: not measured'],
    });
    expect(judgeGate(gate, []).verdict).toBe('inconclusive');
  });

  it('fails on what is known even when the rest is not', () => {
    expect(judgeGate(gate, [sample(900, null)]).verdict).toBe('fail');
  });
});
