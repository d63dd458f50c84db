import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Replica } from '../../domain/observation.ts';
import { freeNumbers, replicasToKeep, replicasToRemove } from '../../domain/replica-selection.ts';

const replica = (number: number, more: Partial<Replica> = {}): Replica => ({
  id: `id-${number}`,
  name: `web-${number}`,
  service: 'web',
  number,
  state: 'running',
  health: 'healthy',
  createdAtMs: number,
  restartCount: 0,
  limits: {},
  ...more,
});
const numbers = (replicas: readonly Replica[]): number[] => replicas.map(({ number }) => number);

const anyReplicas = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12 }).chain((list) =>
  fc.tuple(
    ...list.map((number) =>
      fc
        .record({
          state: fc.constantFrom('running' as const, 'exited' as const, 'created' as const),
          health: fc.constantFrom('healthy' as const, 'unhealthy' as const, 'starting' as const),
        })
        .map((more) => replica(number, more)),
    ),
  ),
);
const target = fc.integer({ min: 0, max: 12 });

describe('Which replicas go', () => {
  it('are the newest, in that order', () => {
    expect(
      numbers(
        replicasToRemove(
          [1, 2, 3, 4].map((n) => replica(n)),
          2,
        ),
      ),
    ).toEqual([4, 3]);
  });

  it('are first those that do not run', () => {
    const replicas = [replica(1, { state: 'exited' }), replica(2), replica(3)];
    expect(numbers(replicasToRemove(replicas, 2))).toEqual([1]);
    expect(numbers(replicasToRemove(replicas, 1))).toEqual([1, 3]);
  });

  it('are not the last healthy one when only unhealthy ones would be left', () => {
    const sick = { health: 'unhealthy' as const };
    const replicas = [replica(1, sick), replica(2, sick), replica(3), replica(4)];
    expect(numbers(replicasToRemove(replicas, 2))).toEqual([4, 2]);
  });

  it('are as many as there are too many, whatever the replicas', () => {
    fc.assert(
      fc.property(anyReplicas, target, (replicas, target) => {
        const going = replicasToRemove(replicas, target);
        expect(going).toHaveLength(Math.max(0, replicas.length - target));
        expect(new Set(going).size).toBe(going.length);
        const all = new Set([...going, ...replicasToKeep(replicas, target)]);
        expect(all).toEqual(new Set(replicas));
      }),
    );
  });

  it('leave a healthy one wherever there is one and one stays', () => {
    const serves = ({ state, health }: Replica): boolean => state === 'running' && health === 'healthy';
    fc.assert(
      fc.property(anyReplicas, fc.integer({ min: 1, max: 12 }), (replicas, target) => {
        fc.pre(replicas.some(serves));
        expect(replicasToKeep(replicas, target).some(serves)).toBe(true);
      }),
    );
  });

  it('stay the same when what is left shrinks step by step', () => {
    const all = [1, 2, 3, 4, 5].map((n) => replica(n));
    expect(replicasToKeep(replicasToKeep(all, 4), 2)).toEqual(replicasToKeep(all, 2));
  });
});

describe('Numbers of new replicas', () => {
  it('fill gaps first, then go on', () => {
    expect(freeNumbers([replica(1), replica(3)], 3)).toEqual([2, 4, 5]);
  });

  it('come to the same set from any state that an interrupted attempt left', () => {
    fc.assert(
      fc.property(fc.subarray([2, 3, 4, 5, 6, 7, 8, 9, 10]), (made) => {
        const there = [replica(1), ...made.map((n) => replica(n))];
        const all = [...numbers(there), ...freeNumbers(there, 10 - there.length)];
        expect(all.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }),
    );
  });
});
