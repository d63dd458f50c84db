import type { Operation, ScaleService } from './operation.ts';

/** The operations of the steps that change a count, in their order. */
export const scalesOf = (steps: readonly { operations: readonly Operation[] }[]): ScaleService[] =>
  steps.flatMap(({ operations }) =>
    operations.flatMap((operation) => (operation.kind === 'scaleService' ? [operation] : [])),
  );
