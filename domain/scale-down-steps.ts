import type { Catalog } from './catalog.ts';
import { formatCount } from './format.ts';
import type { Operation } from './operation.ts';
import type { PlanStep } from './plan.ts';
import { scaleStep } from './scale-step.ts';

/**
 * The way down, a step for each replica: services in reverse priority, newest replica first. A replica is taken out of the
 * balancer, emptied and stopped (a consumer leaves its group), and only then removed.
 * @param now replicas by service; a service that is not in it, or is at its target already, gets no step
 */
export const scaleDownSteps = (
  catalog: Catalog,
  now: Readonly<Record<string, number>>,
  targets: Readonly<Record<string, number>>,
  drainMs: number,
): PlanStep[] =>
  Object.keys(targets)
    .toSorted((a, b) => priority(catalog, b) - priority(catalog, a))
    .flatMap((service) => {
      const from = now[service] ?? 0;
      const to = Math.max(targets[service] ?? 1, catalog.services[service]?.replicas.min ?? 1, 1);
      return counts(from, to).map((count) => oneLess(catalog, service, count, { to, drainMs }));
    });

/** `counts(3, 1)` is 3, 2: what each step begins with. */
const counts = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, from - to) }, (_, index) => from - index);

const oneLess = (
  catalog: Catalog,
  service: string,
  from: number,
  { to, drainMs }: { to: number; drainMs: number },
): PlanStep => {
  const step = scaleStep(catalog, service, from, from - 1, [
    {
      rule: 'scale-down.one-at-a-time',
      value: from,
      threshold: to,
      sentence: `${formatCount(to, 'replica')} of ${service} are enough, one less at a time`,
    },
  ]);
  const drain: Operation = { kind: 'drainReplicas', service, from, to: from - 1, drainMs };
  return {
    ...step,
    id: `down-${service}-${from - 1}`,
    operations: step.operations.flatMap((operation): Operation[] =>
      operation.kind === 'scaleService' ? [drain, operation] : [operation],
    ),
  };
};

const priority = (catalog: Catalog, service: string): number => catalog.services[service]?.priority ?? 0;
