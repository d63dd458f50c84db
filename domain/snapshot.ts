import type { Catalog } from './catalog.ts';
import type { Plan } from './plan.ts';
import { replicasBefore } from './scales.ts';

/**
 * Replicas by service that a rollback puts back: what the plan saw before it changed anything, or one each of the
 * services that scale (the runbook's own "1 instance per service"), narrowed to the services that were named.
 */
export function snapshotOf(
  catalog: Catalog,
  wanted: { to: 'snapshot' | 'single'; services?: string[] | undefined },
  plan: Plan | null,
): Record<string, number> {
  const all = wanted.to === 'single' ? oneEach(catalog) : beforePlan(plan);
  const { services } = wanted;
  if (services === undefined) return all;
  return Object.fromEntries(Object.entries(all).filter(([service]) => services.includes(service)));
}

const oneEach = (catalog: Catalog): Record<string, number> =>
  Object.fromEntries(
    Object.values(catalog.services)
      .filter(({ tier }) => tier === 'high')
      .map(({ name, replicas }) => [name, Math.max(1, replicas.min)]),
  );

/** A service that a plan changes in several steps had what the first of them began with. */
const beforePlan = (plan: Plan | null): Record<string, number> => replicasBefore(plan?.steps ?? []);
