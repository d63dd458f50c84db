import type { Catalog } from './catalog.ts';
import type { Plan } from './plan.ts';
import { snapshotOf } from './snapshot.ts';

export interface ScaleDownTargets {
  targets: Record<string, number>;
  /** Where they come from, as a sentence. */
  because: string;
}

/**
 * Replicas by service to go down to: those that a person named, else what ran before a procedure (`plan`), else the least that the
 * catalog allows. Narrowed to the services that were named.
 */
export const scaleDownTargets = (
  catalog: Catalog,
  wanted: {
    targets?: Readonly<Record<string, number>> | undefined;
    services?: readonly string[] | undefined;
    to: 'snapshot' | 'minimum';
  },
  before: { procedureId: string; plan: Plan | null },
): ScaleDownTargets => {
  const { targets, because } = allTargets(catalog, wanted, before);
  const { services } = wanted;
  if (services === undefined) return { targets, because };
  const narrowed = Object.entries(targets).filter(([service]) => services.includes(service));
  return { targets: Object.fromEntries(narrowed), because };
};

const allTargets = (
  catalog: Catalog,
  { targets, to }: Parameters<typeof scaleDownTargets>[1],
  { procedureId, plan }: Parameters<typeof scaleDownTargets>[2],
): ScaleDownTargets => {
  if (targets !== undefined) return { targets: { ...targets }, because: 'the targets were asked for' };
  const snapshot = to === 'snapshot' ? snapshotOf(catalog, { to: 'snapshot' }, plan) : {};
  if (Object.keys(snapshot).length > 0)
    return { targets: snapshot, because: `back to what ran before ${procedureId}` };
  const least = Object.values(catalog.services)
    .filter(({ tier }) => tier !== 'infrastructure')
    .map(({ name, replicas }) => [name, Math.max(1, replicas.min)]);
  return { targets: Object.fromEntries(least), because: 'down to the least that the catalog allows' };
};
