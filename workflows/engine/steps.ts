import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { driftOf } from '../../domain/drift.ts';
import type { Check, Operation } from '../../domain/operation.ts';
import type { PlanStep } from '../../domain/plan.ts';
import type { StepReport } from '../../domain/procedure.ts';
import { perform } from './activities.ts';
import { describeFailure, Ending } from './ending.ts';
import { holdIfPreempted } from './lease.ts';
import { apply, verify, type CheckTimes } from './operations.ts';
import type { Run } from './run.ts';

/** Carries out the steps, those of the whole plan when none are given, one after the other. */
export async function executeSteps(
  run: Run,
  times: CheckTimes,
  steps: readonly PlanStep[] = run.plan?.steps ?? [],
): Promise<void> {
  run.enter('executing');
  for (const step of steps) await executeStep(run, step, times);
}

/**
 * The same side by side; they change different services. The first failure is thrown when all have ended.
 * @param seen replicas by service that were just read under the lease: nobody needs to look again
 */
export async function executeStepsTogether(
  run: Run,
  times: CheckTimes,
  steps: readonly PlanStep[] = run.plan?.steps ?? [],
  seen?: Readonly<Record<string, number>>,
): Promise<void> {
  run.enter('executing');
  const ends = await Promise.allSettled(steps.map((step) => executeStep(run, step, times, seen)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function executeStep(
  run: Run,
  step: PlanStep,
  times: CheckTimes,
  seen?: Readonly<Record<string, number>>,
): Promise<void> {
  await waitWhilePaused(run);
  holdIfPreempted(run);
  const report = reportOf(run, step.id);
  report.startedAtMs = Date.now();
  report.status = 'running';
  run.show();
  try {
    const now = seen?.[step.service] ?? (await refuseDrift(step));
    const checks = [...step.checks];
    for (const [index, operation] of step.operations.entries()) {
      // Nobody is sent to a replica that cannot answer yet.
      if (operation.kind === 'reloadUpstream' && now !== undefined && operation.to > now)
        await proveReady(run, report, checks, times);
      await applyRegistered(run, step, index, startingFrom(now, operation), report);
    }
    for (const check of checks) await prove(run, report, check, times);
    report.status = changesNothing(step, now) ? 'unchanged' : 'done';
  } catch (error) {
    report.status = 'failed';
    if (error instanceof ActivityFailure && !isCancellation(error)) report.error = describeFailure(error);
    throw error;
  } finally {
    report.endedAtMs = Date.now();
    run.show();
  }
}

/** Waits until nobody wants it to pause any more. */
export async function waitWhilePaused(run: Run): Promise<void> {
  if (run.steering.pausedBy === undefined) return;
  run.enter('paused');
  run.waitingFor = `resume (paused by ${run.steering.pausedBy})`;
  run.show();
  await run.steering.whilePaused();
  run.waitingFor = undefined;
  run.enter('executing');
}

/**
 * Stops when the world is no longer what the plan saw. Returns the replicas that run now; nothing for a step that
 * changes no count.
 */
async function refuseDrift(step: PlanStep): Promise<number | undefined> {
  if (!step.operations.some(({ kind }) => kind === 'scaleService')) return undefined;
  const counts = await perform(
    'readReplicas',
    [{ services: [step.service] }],
    `drift check of ${step.service}`,
  );
  const drift = driftOf(step, counts);
  if (drift !== null) throw new Ending('held', drift, 'Drift');
  return counts[step.service] ?? 0;
}

/** What was there at the moment is what an undo goes back to. */
function startingFrom(now: number | undefined, operation: Operation): Operation {
  return isOfCounts(operation) && now !== undefined ? { ...operation, from: now } : operation;
}

type OfCounts = Extract<Operation, { kind: 'scaleService' | 'reloadUpstream' | 'drainReplicas' }>;
const isOfCounts = (operation: Operation): operation is OfCounts =>
  operation.kind === 'scaleService' ||
  operation.kind === 'reloadUpstream' ||
  operation.kind === 'drainReplicas';

const changesNothing = (step: PlanStep, now: number | undefined): boolean =>
  now !== undefined && step.operations.every((operation) => isOfCounts(operation) && operation.to === now);

async function applyRegistered(
  run: Run,
  step: PlanStep,
  index: number,
  operation: Operation,
  report: StepReport,
): Promise<void> {
  run.begun.push({ stepId: step.id, operation });
  const write = {
    operationId: run.operationId(step.id, index),
    fencingToken: run.steering.grant?.fencingToken ?? 0,
  };
  addFacts(run, report, await apply(operation, write));
}

async function proveReady(run: Run, report: StepReport, checks: Check[], times: CheckTimes): Promise<void> {
  const index = checks.findIndex(({ kind }) => kind === 'replicasReady');
  for (const check of index < 0 ? [] : checks.splice(index, 1)) await prove(run, report, check, times);
}

/** A check that does not hold ends the step; lag that does not fall yet is only said, since undoing would make it worse. */
async function prove(run: Run, report: StepReport, check: Check, times: CheckTimes): Promise<void> {
  try {
    addFacts(run, report, await verify(check, times, run.before?.atMs));
  } catch (error) {
    if (check.kind !== 'lagFalling' || !(error instanceof ActivityFailure) || isCancellation(error))
      throw error;
    addFacts(run, report, [`lag of ${check.group} does not fall yet: ${describeFailure(error).message}`]);
  }
}

export function addFacts(run: Run, report: StepReport, facts: readonly string[]): void {
  report.facts.push(...facts);
  for (const fact of facts) run.note(fact);
  run.show();
}

function reportOf(run: Run, id: string): StepReport {
  const report = run.steps.find((step) => step.id === id);
  if (report === undefined) throw new Error(`no report for step ${id}: a bug`);
  return report;
}
