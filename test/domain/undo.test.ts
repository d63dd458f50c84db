import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { undoOf, undoPlan } from '../../domain/undo.ts';
import type { ReloadUpstream, ScaleService } from '../../domain/operation.ts';

type Operation = ScaleService | ReloadUpstream;

const kind: fc.Arbitrary<Operation['kind']> = fc.constantFrom('scaleService', 'reloadUpstream');
const service = fc.constantFrom('api-gateway', 'message-service', 'router-service');
const operation: fc.Arbitrary<Operation> = fc
  .tuple(kind, service, fc.nat(20), fc.nat(20))
  .map(([kind, service, from, to]) => ({ kind, service, from, to }));

/** What runs and what the balancer knows, after each operation in turn. */
const apply = (world: Record<string, number>, operations: readonly Operation[]) =>
  operations.reduce((now, { kind, service, to }) => ({ ...now, [`${kind} ${service}`]: to }), world);

/** Operations as a plan has them: each starts from what the one before left. */
const chained = (operations: readonly Operation[]): Operation[] => {
  const world: Record<string, number> = {};
  return operations.map((next) => {
    const key = `${next.kind} ${next.service}`;
    const from = world[key] ?? next.from;
    world[key] = next.to;
    return { ...next, from };
  });
};
const before = (operations: readonly Operation[]) =>
  operations
    .toReversed()
    .reduce<Record<string, number>>(
      (world, { kind, service, from }) => ({ ...world, [`${kind} ${service}`]: from }),
      {},
    );

describe('undo', () => {
  it('takes the new replicas out of the upstream before it stops them', () => {
    const done: Operation[] = [
      { kind: 'scaleService', service: 'api-gateway', from: 1, to: 3 },
      { kind: 'reloadUpstream', service: 'api-gateway', from: 1, to: 3 },
    ];
    expect(undoPlan(done)).toEqual([
      { kind: 'reloadUpstream', service: 'api-gateway', from: 3, to: 1 },
      { kind: 'scaleService', service: 'api-gateway', from: 3, to: 1 },
    ]);
  });

  it('of an undo is the operation itself', () => {
    fc.assert(
      fc.property(operation, (one) => {
        const undo = undoOf(one);
        expect(undo === null ? null : undoOf(undo)).toEqual(one);
      }),
    );
  });

  it('brings any plan back to the world before it, however much of it was done', () => {
    fc.assert(
      fc.property(fc.array(operation), fc.nat(), (operations, cut) => {
        const plan = chained(operations);
        const world = before(plan);
        const done = plan.slice(0, plan.length === 0 ? 0 : cut % (plan.length + 1));
        expect(apply(apply(world, done), undoPlan(done) as Operation[])).toEqual(world);
      }),
    );
  });
});
