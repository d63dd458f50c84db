import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Plan } from '../../domain/plan.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { replicasBefore, servicesOf } from '../../domain/scales.ts';
import { perform } from './activities.ts';
import { describeFailure, Ending } from './ending.ts';
import { giveLeaseBack } from './lease.ts';
import type { Run } from './run.ts';
import { undoAll } from './undo.ts';

/**
 * Runs the story of a procedure and turns however it ends into one result: its own ending, an abort, a rollback, a
 * cancel from outside, a step that cannot go on. A bug is none of these and stays a task failure, which Temporal retries.
 */
export async function carryOut(run: Run, story: () => Promise<Ending>): Promise<ProcedureResult> {
  const ending = await run.steering.stoppable(story).catch((error: unknown) => endingAfter(run, error));
  return CancellationScope.nonCancellable(() => close(run, ending));
}

async function endingAfter(run: Run, error: unknown): Promise<Ending> {
  if (error instanceof Ending) return error;
  if (isCancellation(error)) return stopped(run);
  if (!(error instanceof TemporalFailure)) throw error;
  const { type, message } = describeFailure(error);
  const reason = `${type}: ${message}`;
  if (run.begun.length === 0) return new Ending('failed', reason, type);
  // Without the lease another procedure may be at work on the same services: an undo would fight it.
  const ours = type !== 'LeaseLost' && type !== 'StaleFencingToken';
  if (run.request.onFailure === 'hold' || !ours) return new Ending('held', reason, type);
  run.note(`cannot go on, rolling back: ${reason}`);
  return new Ending(await undoAll(run), reason, type);
}

async function stopped(run: Run): Promise<Ending> {
  const { stop, isCancelled } = run.steering;
  // A cancel means a rollback, which outranks a hold.
  if (stop?.mode === 'hold' && !isCancelled) return new Ending('held', stop.reason);
  const reason = stop?.mode === 'rollback' ? stop.reason : 'cancelled from outside';
  return new Ending(await undoAll(run), reason);
}

/**
 * Shows the plan to whoever must agree and waits for the word. Where there is nothing to carry out the story ends, or goes on without
 * asking, or asks all the same, since what comes before the steps needs a word too.
 */
export async function agreeOn(
  run: Run,
  plan: Plan,
  { ifNothing = 'end' }: { ifNothing?: 'end' | 'goOn' | 'ask' } = {},
): Promise<void> {
  propose(run, plan);
  if (run.request.dryRun) throw new Ending('no_change', 'dry run: this is the plan, nothing was changed');
  const isNothing = plan.steps.length === 0;
  if (isNothing && ifNothing === 'end') throw new Ending('no_change', plan.finding);
  if (isNothing && ifNothing === 'goOn') return;
  if (run.request.approval === 'required') await waitForApproval(run, plan);
}

/** The plan in place of the one before it, which somebody agreed on. */
export const settleOn = propose;

function propose(run: Run, plan: Plan): void {
  run.propose(plan);
  if (plan.refusals.length === 0) return;
  const reasons = plan.refusals.map((refusal) => `${refusal.path}: ${refusal.message}`).join('; ');
  throw new Ending('rejected', reasons, 'PlanRefused');
}

async function waitForApproval(run: Run, plan: Plan): Promise<void> {
  const { steering, request } = run;
  steering.awaitingHash = plan.hash;
  run.waitingFor = `approve or reject of the plan ${plan.hash.slice(0, 12)}`;
  run.enter('awaiting_approval');
  const answered = await condition(
    () => steering.approvedBy !== undefined || steering.rejection !== undefined,
    request.approvalTimeoutMs,
    { summary: 'approval' },
  );
  steering.awaitingHash = undefined;
  run.waitingFor = undefined;
  if (steering.rejection !== undefined) {
    throw new Ending('rejected', `rejected by ${steering.rejection.by}: ${steering.rejection.reason}`);
  }
  if (!answered)
    throw new Ending('rejected', `nobody approved within ${request.approvalTimeoutMs / 60_000} min`);
}

async function close(run: Run, ending: Ending): Promise<ProcedureResult> {
  await run.beforeEnd?.();
  const replicasAfter = await replicasNow(run);
  await giveLeaseBack(run);
  await condition(allHandlersFinished);
  run.note(`${ending.outcome}: ${ending.reason}`);
  run.end(ending.outcome);
  return resultOf(run, ending, replicasAfter);
}

/** The end of a procedure must not fail because the platform cannot be read any more: what is unknown is left out and said. */
async function replicasNow(run: Run): Promise<Record<string, number>> {
  const services = servicesOf(run.plan?.steps ?? []);
  if (services.length === 0) return {};
  try {
    return await perform('readReplicas', [{ services }], 'replicas after');
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    run.note(`replicas after it are unknown: ${describeFailure(error).message}`);
    return {};
  }
}

function resultOf(run: Run, ending: Ending, replicasAfter: Record<string, number>): ProcedureResult {
  const { plan, request, steering } = run;
  return {
    procedure: run.procedure,
    workflowId: workflowInfo().workflowId,
    environment: request.environment,
    outcome: ending.outcome,
    reason: ending.reason,
    ...(ending.code === undefined ? {} : { code: ending.code }),
    requestedBy: request.requestedBy,
    trigger: request.trigger,
    ...(steering.approvedBy === undefined ? {} : { approvedBy: steering.approvedBy }),
    ...(plan === undefined ? {} : { planHash: plan.hash, finding: plan.finding }),
    refusals: plan?.refusals ?? [],
    notes: plan?.notes ?? [],
    steps: run.steps,
    replicasBefore: replicasBefore(plan?.steps ?? []),
    replicasAfter,
    ...(run.before === undefined ? {} : { before: run.before }),
    ...(run.after === undefined ? {} : { after: run.after }),
    ...(run.effectiveness === undefined ? {} : { effectiveness: run.effectiveness }),
    ...(run.validation === undefined ? {} : { validation: run.validation }),
    ...(run.downtime === undefined ? {} : { downtime: run.downtime }),
    leftOver: run.leftOver,
    startedAtMs: run.startedAtMs,
    endedAtMs: Date.now(),
  };
}
