import { CrescendoError } from '../domain/crescendo-error.ts';
import { planScaleDown } from '../domain/plan-scale-down.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { scaleDownTargets, type ScaleDownTargets } from '../domain/scale-down-targets.ts';
import { defaultGate } from '../domain/soak.ts';
import { incidentWorkflowId, leasePriority } from './contracts.ts';
import { gradualScaleDownInput, type GradualScaleDownInput } from './contracts/gradual-scale-down.ts';
import { perform } from './engine/activities.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { goDown } from './engine/scale-down.ts';
import { confirmStableTraffic } from './engine/stable-traffic.ts';

/** CPU of a shorter time jumps too much to say what the rest could carry. */
const PLAN_SAMPLE_MS = 5_000;

/** Nobody waits for a scale-down: a worker that is busy gets its time to tell what ran before. */
const PLAN_MS = 15_000;

/** Runbook, Rollback procedures: gradual scale-down, after traffic returns to normal. */
export async function gradualScaleDown(input: GradualScaleDownInput): Promise<ProcedureResult> {
  const request = parseInput('gradualScaleDown', gradualScaleDownInput, input);
  const run = new Run('gradualScaleDown', request);

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const procedureId = request.procedureId ?? incidentWorkflowId(request.environment);
    const { plan: earlier, planUnread } = await perform(
      'readProcedure',
      [{ procedureId, planMs: PLAN_MS }],
      `what ran before ${procedureId}`,
    );
    const { targets, because } = targetsOf(catalog, request, {
      procedureId,
      plan: earlier,
      isNamed: request.procedureId !== undefined,
      unread: planUnread,
    });
    run.note(because);

    const services = Object.keys(targets);
    const gate = request.gate ?? defaultGate(catalog, services);
    const sampleMs = Math.max(PLAN_SAMPLE_MS, request.sampleMs);
    run.before = await perform('observe', [{ sampleMs }], 'what runs now');
    const plan = planScaleDown({
      catalog,
      catalogHash: hash,
      observation: run.before,
      targets,
      asked: request.targets !== undefined,
      gate,
      drainMs: request.drainMs,
    });
    await agreeOn(run, plan);

    // Monitor traffic for 15 minutes to confirm it's stable: nobody needs to be kept from the services for that.
    await confirmStableTraffic(run, request);
    await takeLease(run, [...new Set(plan.steps.map(({ service }) => service))], leasePriority.planned);
    // Scale down 1 instance at a time, 5 minutes watched between steps.
    await goDown(run, catalog, plan.steps, {
      ...request,
      gate: request.gate,
      allBack: request.onFailure === 'rollback',
    });
    return new Ending('completed', `${plan.finding}: done, and watched after each`);
  });
}

/** Down to a guess would stop what an event still needs: where nobody can say what ran before, nothing is changed. */
function targetsOf(...given: Parameters<typeof scaleDownTargets>): ScaleDownTargets {
  try {
    return scaleDownTargets(...given);
  } catch (error) {
    if (!(error instanceof CrescendoError)) throw error;
    throw new Ending('held', `nothing was changed: ${error.message}`, error.type);
  }
}
