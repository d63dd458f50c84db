import type { Client } from '@temporalio/client';
import type { Plan } from '../../domain/plan.ts';
import type { Progress, ProcedureResult } from '../../domain/procedure.ts';
import { replicasBefore } from '../../domain/scales.ts';
import { planQuery, progressQuery } from '../../workflows/contracts.ts';
import type { ProcedureHandle } from '../start-procedure.ts';
import { objectIn, timeOf, type HistoryEvent } from './events.ts';
import { activitySteps } from './activity-steps.ts';
import { measuredIn, observationsIn, type Measured } from './measured.ts';
import type { Reported } from './reported.ts';
import { wordsOf } from './words.ts';

/** A worker that is away must not keep anybody from a report. */
const queryMs = 5_000;

/**
 * Everything a report tells of a procedure, however it ended, or while it runs. Words and measurements come from its history, plan and steps
 * from a worker; without one the steps are those of the history, and the plan is not known.
 */
export async function readReported(client: Client, handle: ProcedureHandle): Promise<Reported> {
  const { status, startTime, closeTime } = await handle.describe();
  const events = (await handle.fetchHistory()).events ?? [];
  const ask = <T>(query: () => Promise<T>): Promise<T | undefined> =>
    client.withDeadline(Date.now() + queryMs, query).catch(() => undefined);
  const hasResult = status.name === 'COMPLETED';
  const [planNow, progress] = await Promise.all([
    ask<Plan | null>(() => handle.query(planQuery)),
    hasResult ? undefined : ask<Progress>(() => handle.query(progressQuery)),
  ]);
  const plan = planNow ?? undefined;
  const own = hasResult
    ? await handle.result()
    : soFar(progress, {
        events,
        plan,
        workflowId: handle.workflowId,
        status: status.name.toLowerCase(),
        startedAtMs: startTime.getTime(),
        endedAtMs: closeTime?.getTime() ?? Date.now(),
      });
  return {
    ...own,
    ...(plan === undefined ? {} : { plan }),
    words: wordsOf(events),
    measured: measuredIn(events, own.steps),
  };
}

interface Known {
  events: readonly HistoryEvent[];
  plan: Plan | undefined;
  workflowId: string;
  status: string;
  startedAtMs: number;
  endedAtMs: number;
}

/** Of one that has no result, because it runs or was ended from outside. */
function soFar(
  progress: Progress | undefined,
  { events, plan, workflowId, status, startedAtMs, endedAtMs }: Known,
): Omit<Reported, 'words' | 'measured'> {
  const started = events[0]?.workflowExecutionStartedEventAttributes;
  const input = objectIn(started?.input) as Partial<ProcedureResult> & { reason?: string };
  const observations = observationsIn(events);
  const [before, after] = [observations[0], observations.at(-1)];
  const approved = wordsOf(events).findLast(({ word }) => word === 'approve');
  const phase = progress?.waitingFor === undefined ? progress?.phase : `waits for ${progress.waitingFor}`;
  return {
    procedure: progress?.procedure ?? started?.workflowType?.name ?? 'unknown',
    workflowId,
    environment: progress?.environment ?? input.environment ?? 'unknown',
    outcome: status,
    reason: endOf(events) ?? phase ?? 'no worker says how far it is',
    requestedBy: input.requestedBy ?? 'unknown',
    trigger: input.trigger ?? 'operator',
    ...(approved === undefined ? {} : { approvedBy: approved.by }),
    ...(progress?.planHash === undefined ? {} : { planHash: progress.planHash }),
    ...(progress?.finding === undefined ? {} : { finding: progress.finding }),
    refusals: plan?.refusals ?? [],
    notes: plan?.notes ?? [],
    steps: progress?.steps ?? activitySteps(events),
    replicasBefore: replicasBefore(plan?.steps ?? []),
    replicasAfter: lastCounts(measuredIn(events, []), plan),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined || after === before ? {} : { after }),
    leftOver:
      status === 'terminated' || status === 'timed_out' || status === 'failed'
        ? ['nothing was cleaned up: `crescendo repair` shows what is left over, and undoes or adopts it']
        : [],
    startedAtMs,
    endedAtMs,
  };
}

/** Why it ended, as the last event says. */
const endOf = (events: readonly HistoryEvent[]): string | undefined => {
  const last = events.at(-1);
  const failure = last?.workflowExecutionFailedEventAttributes?.failure?.message;
  if (failure != null) return failure;
  const terminated = last?.workflowExecutionTerminatedEventAttributes;
  if (terminated == null) return undefined;
  return `terminated at ${new Date(timeOf(last ?? {})).toISOString()}: ${terminated.reason || 'no reason was given'}`;
};

/** Of the services of the plan, as they were seen or set last. */
const lastCounts = ({ replicas }: Measured, plan: Plan | undefined): Record<string, number> =>
  Object.fromEntries(
    Object.keys(replicasBefore(plan?.steps ?? [])).flatMap((service) => {
      const [, count = null] = replicas[service]?.at(-1) ?? [];
      return count === null ? [] : [[service, count] as const];
    }),
  );
