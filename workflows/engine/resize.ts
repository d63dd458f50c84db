import { changeDriftOf } from '../../domain/drift.ts';
import type { Plan } from '../../domain/plan.ts';
import { needsWord } from '../../domain/plan-resize.ts';
import { leasePriority } from '../contracts.ts';
import { carryOutResize } from './downtime.ts';
import { Ending } from './ending.ts';
import { takeLease } from './lease.ts';
import { agreeOn } from './procedure.ts';
import type { Run } from './run.ts';

export interface ResizeRequest {
  /** Name in `databases` of the catalog. */
  database: string;
  probeEveryMs: number;
  readyTimeoutMs: number;
}

/**
 * What every vertical change of a database does: a plan, somebody's word where it needs one, the lease, a second look, and its steps under a watch.
 * @param planNow reads the database and plans, each time anew
 * @throws Ending `held` with `Drift` where the second look says something else than what was agreed on
 */
export async function resize(
  run: Run,
  request: ResizeRequest,
  planNow: () => Promise<Plan>,
): Promise<Ending> {
  const plan = await planNow();
  if (needsWord(plan)) run.request.approval = 'required';
  await agreeOn(run, plan);
  await takeLease(run, [...new Set(plan.steps.map(({ service }) => service))], leasePriority.planned);
  // Somebody may have thought about it for half an hour, or had the lease until now.
  const drift = changeDriftOf(plan, await planNow());
  if (drift !== null) throw new Ending('held', drift, 'Drift');
  return carryOutResize(run, plan, request);
}
