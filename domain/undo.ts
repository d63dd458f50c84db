import type { Operation } from './operation.ts';

/** The operation that puts back what another changed: the same service, back to the absolute count before. */
export const undoOf = (operation: Operation): Operation => ({
  ...operation,
  from: operation.to,
  to: operation.from,
});

/**
 * Undoes a list of operations that were done, last first. For a scale-up with an upstream this takes the new replicas
 * out of the balancer before it stops them.
 */
export const undoPlan = (done: readonly Operation[]): Operation[] => done.toReversed().map(undoOf);
