import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { Catalog } from '../../domain/catalog.ts';
import type { Gate } from '../../domain/gates.ts';
import type { PlanStep } from '../../domain/plan.ts';
import { scaleDownSteps } from '../../domain/scale-down-steps.ts';
import { scaleStep } from '../../domain/scale-step.ts';
import { scalesOf } from '../../domain/scales.ts';
import { defaultGate, gateAfter } from '../../domain/soak.ts';
import { perform } from './activities.ts';
import { describeFailure, Ending } from './ending.ts';
import type { CheckTimes } from './operations.ts';
import type { Run } from './run.ts';
import { soak } from './soak.ts';
import { executeSteps } from './steps.ts';

export interface ScaleDownOptions extends CheckTimes {
  /** How long is watched after each replica that went. */
  stepMs: number;
  everyMs: number;
  sampleMs: number;
  /** How long the last connections of a replica may take before it is stopped all the same. */
  drainMs: number;
  /** What must hold between the steps; the runbook's thresholds when left out. */
  gate?: Gate | undefined;
  /** Everything back when a gate fails (the engine's rollback), in place of the last replica only. */
  allBack?: boolean;
}

/**
 * Takes replicas away down to the targets: one at a time, services in reverse priority, watched after each. When a gate fails
 * or a step cannot go on, the replica that went is brought back.
 * @throws Ending `held` after that, with the error type as its code.
 */
export async function scaleDownTo(
  run: Run,
  catalog: Catalog,
  targets: Readonly<Record<string, number>>,
  options: ScaleDownOptions,
): Promise<void> {
  const services = Object.keys(targets);
  const now = await perform('readReplicas', [{ services }], 'replicas before the way down');
  await goDown(run, catalog, scaleDownSteps(catalog, now, targets, options.drainMs), options);
}

/** The same with the steps of a plan. */
export async function goDown(
  run: Run,
  catalog: Catalog,
  steps: readonly PlanStep[],
  options: ScaleDownOptions,
): Promise<void> {
  const services = [...new Set(steps.map(({ service }) => service))];
  const gate = gateAfter(options.gate ?? defaultGate(catalog, services), catalog, run.before);
  for (const step of steps) report(run, step);
  for (const step of steps) {
    try {
      await executeSteps(run, options, [step]);
      await soak(run, {
        id: `soak-${step.id}`,
        title: `Watch after: ${step.title}`,
        services,
        gate,
        soakMs: options.stepMs,
        everyMs: options.everyMs,
        sampleMs: options.sampleMs,
      });
    } catch (error) {
      if (options.allBack === true || !isFailure(error)) throw error;
      throw await backUpByOne(run, catalog, step, options, error);
    }
  }
}

/** A gate that failed or an activity that gave up; no abort, no drift, and not the loss of the lease. */
function isFailure(error: unknown): error is ActivityFailure | ApplicationFailure {
  if (isCancellation(error)) return false;
  if (!(error instanceof ActivityFailure) && !(error instanceof ApplicationFailure)) return false;
  const { type } = describeFailure(error);
  return type !== 'LeaseLost' && type !== 'StaleFencingToken';
}

/** The replica that went is brought back, in the order of a scale-up. Returns how the procedure ends. */
async function backUpByOne(
  run: Run,
  catalog: Catalog,
  step: PlanStep,
  options: ScaleDownOptions,
  error: ActivityFailure | ApplicationFailure,
): Promise<Ending> {
  const { type, message } = describeFailure(error);
  const [{ service, from, to } = { service: step.service, from: 1, to: 1 }] = scalesOf([step]);
  const sentence = `${type}: ${message}`;
  run.note(`${service} goes back up to ${from}: ${sentence}`);
  const back: PlanStep = {
    ...scaleStep(catalog, service, to, from, [{ rule: 'scale-down.back-up', sentence }]),
    id: `back-${service}-${from}`,
    title: `Bring ${service} back from ${to} to ${from}`,
  };
  const next = run.steps.findIndex(({ status }) => status === 'pending');
  report(run, back, next < 0 ? run.steps.length : next);
  try {
    await executeSteps(run, options, [back]);
  } catch (failed) {
    if (!isFailure(failed)) throw failed;
    const why = describeFailure(failed);
    run.leftOver.push(`${service} could not be brought back to ${from}: ${why.type}: ${why.message}`);
    return new Ending('held', `${sentence}; ${run.leftOver.at(-1)}`, type);
  }
  return new Ending('held', `${sentence}; ${service} is back at ${from}, the rest stays as it is`, type);
}

/** A step that is not in the report yet gets its place there. */
function report(run: Run, { id, title, service }: PlanStep, place = run.steps.length): void {
  if (run.steps.some((step) => step.id === id)) return;
  run.steps.splice(place, 0, { id, title, service, status: 'pending', facts: [] });
}
