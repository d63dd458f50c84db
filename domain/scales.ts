import type { Operation, ScaleService } from './operation.ts';

/** The operations of the steps that change a count, in their order. */
export const scalesOf = (steps: readonly { operations: readonly Operation[] }[]): ScaleService[] =>
  steps.flatMap(({ operations }) =>
    operations.flatMap((operation) => (operation.kind === 'scaleService' ? [operation] : [])),
  );

/** Replicas by service before the steps: of several steps of a service the first says it. */
export const replicasBefore = (
  steps: readonly { operations: readonly Operation[] }[],
): Record<string, number> =>
  Object.fromEntries(
    scalesOf(steps)
      .toReversed()
      .map(({ service, from }) => [service, from]),
  );

/** Services that the steps are about, each once; a file that belongs to none (`platform`) is left out. */
export const servicesOf = (steps: readonly { service: string }[]): string[] => [
  ...new Set(steps.map(({ service }) => service).filter((service) => service !== 'platform')),
];
