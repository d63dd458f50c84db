import { describe, expect, it } from 'vitest';
import { begunBeside, changedSince, isSettled, type PastProcedure } from '../../domain/past-procedure.ts';
import type { Plan } from '../../domain/plan.ts';

const past = (startedAtMs: number, more: Partial<PastProcedure> = {}): PastProcedure => ({
  procedureId: 'crescendo-shop-emergency',
  runId: `run-${startedAtMs}`,
  procedure: 'emergencyScaling',
  state: 'ended',
  outcome: 'completed',
  services: ['web', 'worker'],
  startedAtMs,
  endedAtMs: startedAtMs + 10,
  ...more,
});
const left = past(100, { state: 'cut-off', outcome: '' });
const repair = (atMs: number, mode: string, outcome: string, procedureId = left.procedureId) =>
  past(atMs, { procedureId: 'repair', procedure: 'repair', outcome, about: { procedureId, mode } });

describe('what a procedure left that was cut off', () => {
  it.each([
    ['an undo that completed', repair(200, 'undo', 'completed'), true],
    ['an adoption, also one that had nothing to change', repair(200, 'adopt', 'no_change'), true],
    [
      'a rollback of it',
      past(200, { procedure: 'emergencyRollback', about: { procedureId: left.procedureId } }),
      true,
    ],
    ['a repair that only showed it', repair(200, 'show', 'no_change'), false],
    ['an undo that was held', repair(200, 'undo', 'held'), false],
    ['a repair of another one', repair(200, 'undo', 'completed', 'other'), false],
    ['a repair before it', repair(50, 'undo', 'completed'), false],
  ])('is settled or not by %s', (_, since, settled) => {
    expect(isSettled(left, [left, since])).toBe(settled);
  });

  it('is not undone where another procedure has done well since', () => {
    expect(changedSince(left, [left, past(200, { services: ['web'] })])).toEqual(['web']);
  });

  it.each(['rolled_back', 'held', 'failed', 'rejected', 'no_change'])(
    'still stands after another one that ended %s',
    (outcome) => {
      expect(changedSince(left, [left, past(200, { outcome })])).toEqual([]);
    },
  );

  it('is not judged by what ended before it, or at the same time', () => {
    expect(changedSince(left, [left, past(50), past(105)])).toEqual([]);
  });
});

describe('what was begun', () => {
  const plan = {
    steps: [
      { id: 'scale-web', operations: [{ kind: 'scaleService', service: 'web', from: 1, to: 3 }] },
      {
        id: 'settings',
        operations: [
          { kind: 'applySettings', service: 'redis', database: 'redis', from: { a: '1' }, to: { a: '2' } },
          { kind: 'resizeContainer', service: 'redis', from: {}, to: { cpus: 2 } },
        ],
      },
    ],
  } as unknown as Plan;

  it('is what its history has, without what is seen on the platform itself', () => {
    const begun = begunBeside(plan, ['id/run/scale-web/0', 'id/run/settings/0']);
    expect(begun.map(({ kind }) => kind)).toEqual(['applySettings']);
  });

  it('is nothing of a procedure without a plan', () => {
    expect(begunBeside(null, ['id/run/settings/0'])).toEqual([]);
  });
});
