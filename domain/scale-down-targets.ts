import type { Catalog } from './catalog.ts';
import { CrescendoError } from './crescendo-error.ts';
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
 * @throws CrescendoError `InvalidInput` where the plan to go back to is not known though there should be one: the least would be a guess
 */
export const scaleDownTargets = (
  catalog: Catalog,
  wanted: {
    targets?: Readonly<Record<string, number>> | undefined;
    services?: readonly string[] | undefined;
    to: 'snapshot' | 'minimum';
  },
  before: PlanBefore,
): ScaleDownTargets => {
  const { targets, because } = allTargets(catalog, wanted, before);
  const { services } = wanted;
  if (services === undefined) return { targets, because };
  const narrowed = Object.entries(targets).filter(([service]) => services.includes(service));
  return { targets: Object.fromEntries(narrowed), because };
};

/** What is known of the procedure whose scaling ends. */
export interface PlanBefore {
  procedureId: string;
  plan: Plan | null;
  /** Somebody named it; else it is the last incident, which need not have been. */
  isNamed: boolean;
  /** Why its plan could not be read. */
  unread?: string | undefined;
}

const allTargets = (
  catalog: Catalog,
  { targets, to }: Parameters<typeof scaleDownTargets>[1],
  { procedureId, plan, isNamed, unread }: PlanBefore,
): ScaleDownTargets => {
  if (targets !== undefined) return { targets: { ...targets }, because: 'the targets were asked for' };
  const snapshot = to === 'snapshot' ? snapshotOf(catalog, { to: 'snapshot' }, plan) : {};
  // One that was named and has scaled nothing leaves nothing to take back.
  if (Object.keys(snapshot).length > 0 || (to === 'snapshot' && isNamed && plan !== null))
    return { targets: snapshot, because: `back to what ran before ${procedureId}` };
  if (to === 'snapshot' && (isNamed || unread !== undefined)) throw unknownBefore(procedureId, unread);
  const least = Object.values(catalog.services)
    .filter(({ tier }) => tier !== 'infrastructure')
    .map(({ name, replicas }) => [name, Math.max(1, replicas.min)]);
  return { targets: Object.fromEntries(least), because: 'down to the least that the catalog allows' };
};

const unknownBefore = (procedureId: string, unread: string | undefined): CrescendoError => {
  const what = unread === undefined ? 'has no plan' : `does not tell its plan (${unread})`;
  const remedy = 'name another procedure, give the targets, or use to: minimum';
  const message = `${procedureId} ${what}: what ran before it is unknown; ${remedy}`;
  return new CrescendoError('InvalidInput', message, { errors: [{ path: 'procedureId', message }] });
};
