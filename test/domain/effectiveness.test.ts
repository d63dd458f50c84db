import { describe, expect, it } from 'vitest';
import { assessEffectiveness } from '../../domain/effectiveness.ts';
import { unknown } from '../../domain/reading.ts';
import { groupSeen, observationOf, reading, serviceSeen } from './builders.ts';

const expected = { p95BelowMs: 500, errorRateBelow: 0.01, lagBelowMessages: 100, gatewayService: 'web' };
const seen = (p95: number, errors: number, lag: number) =>
  observationOf({
    services: [
      serviceSeen('web', 1, { p95Ms: reading(p95), errorRate: reading(errors) }),
      serviceSeen('worker', 1, { p95Ms: reading(90_000) }),
    ],
    groups: [groupSeen('workers', { lagMessages: reading(lag) })],
  });

describe('effectiveness', () => {
  it('is reached when latency, errors and lag are all below what is expected, against before', () => {
    const { reached, rows } = assessEffectiveness(seen(6100, 0.08, 4000), seen(420, 0, 12), expected);
    expect(reached).toBe(true);
    expect(rows).toEqual([
      { metric: 'P95 of web', unit: 'ms', before: 6100, after: 420, expectedBelow: 500, ok: true },
      { metric: 'errors of web', unit: 'ratio', before: 0.08, after: 0, expectedBelow: 0.01, ok: true },
      {
        metric: 'lag of the worst group',
        unit: 'messages',
        before: 4000,
        after: 12,
        expectedBelow: 100,
        ok: true,
      },
    ]);
  });

  it.each([
    ['latency', seen(500, 0, 0)],
    ['errors', seen(100, 0.01, 0)],
    ['lag', seen(100, 0, 100)],
  ])('is not reached while %s is at its limit', (_what, now) => {
    expect(assessEffectiveness(now, now, expected).reached).toBe(false);
  });

  it('is not reached when a reading is missing, and says neither yes nor no for it', () => {
    const now = seen(100, 0, 0);
    const web = now.services['web'];
    if (web === undefined) throw new Error('not built');
    const blind = { ...now, services: { web: { ...web, p95Ms: unknown('no scrape', 'test') } } };
    const { reached, rows } = assessEffectiveness(now, blind, expected);
    expect(reached).toBe(false);
    expect(rows[0]).toMatchObject({ before: 100, after: null, ok: null });
  });

  it('does not take a group that is no longer observed for one without lag', () => {
    const { reached, rows } = assessEffectiveness(seen(1, 0, 9), { ...seen(1, 0, 0), groups: {} }, expected);
    expect(reached).toBe(false);
    expect(rows[2]).toMatchObject({ after: null, ok: null });
  });

  it('takes the worst service where no front door is named', () => {
    const { gatewayService: _none, ...anywhere } = expected;
    expect(assessEffectiveness(seen(1, 0, 0), seen(1, 0, 0), anywhere).rows[0]).toMatchObject({
      after: 90_000,
    });
  });
});
