import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { editsOf } from '../../domain/plan-planned.ts';
import { isGiven } from '../../domain/renewal-room.ts';
import { fileStepAfter, stamped } from '../../domain/wave-steps.ts';
import { abortSignal, leasePriority, parentPausedSignal } from '../contracts.ts';
import type { GradualScaleDownInput } from '../contracts/gradual-scale-down.ts';
import { perform } from '../engine/activities.ts';
import { describeFailure, Ending } from '../engine/ending.ts';
import { giveLeaseBack, takeLease } from '../engine/lease.ts';
import type { Run } from '../engine/run.ts';
import { executeSteps, waitWhilePaused } from '../engine/steps.ts';
import type { gradualScaleDown } from '../gradual-scale-down.ts';
import type { EventPlan } from './event-plan.ts';
import { waitUntil } from './ramp.ts';

type Down = ChildWorkflowHandle<typeof gradualScaleDown>;

/**
 * What follows the event: `gradualScaleDown` as a child, which keeps a history of its own, back to what ran before; then the file says so
 * too. A way down that does not come to its end leaves the rest running and is held.
 */
export async function afterEvent(run: Run, event: EventPlan): Promise<Ending> {
  const { afterEvent: options } = event.request;
  const { name, endMs } = event.times;
  if (!options.scaleDown) return new Ending('completed', `${name} is over; the replicas stay, as asked for`);
  event.closed = true;
  await waitUntil(run, event, endMs + options.delayMs, `the way down after ${name}`);
  await waitWhilePaused(run);
  const down = await wayDown(run, event);
  const isDown = down.outcome === 'completed' || down.outcome === 'no_change';
  const unwritten = await tryToWriteDown(run, event, isDown);
  run.after = await perform('observe', [{ sampleMs: event.request.sampleMs }], 'what runs after it');
  if (!isDown)
    return new Ending('held', `${name} is over; the way down was ${down.outcome}: ${down.reason}`, down.code);
  if (unwritten === undefined)
    return new Ending('completed', `${name} is over, and what ran before runs again`);
  const { code, reason } = unwritten;
  return new Ending(
    'held',
    `${name} is over, and what ran before runs again; the compose file does not say so: ${reason}`,
    code,
  );
}

async function wayDown(run: Run, event: EventPlan): Promise<ProcedureResult> {
  const { workflowId } = workflowInfo();
  run.enter('executing');
  run.waitingFor = `the way down, ${workflowId}-down`;
  run.show();
  const child = await CancellationScope.nonCancellable(() =>
    startChild<typeof gradualScaleDown>('gradualScaleDown', {
      workflowId: `${workflowId}-down`,
      args: [inputOf(event, workflowId)],
      // It loses nothing on its way, whatever becomes of who started it.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `The way down after ${event.times.name}`,
    }),
  );
  const ended = CancellationScope.nonCancellable(() => child.result());
  const forwarding = new CancellationScope();
  // Ends with the way down: cancelled then, or at a child that has just ended.
  forwarding.run(() => forwardPauses(run, child)).catch(() => undefined);
  try {
    const result = await Promise.race([ended, CancellationScope.current().cancelRequested]);
    return reported(run, result);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => holdChild(run, child, ended));
    throw error;
  } finally {
    forwarding.cancel();
    run.waitingFor = undefined;
  }
}

/** Pause and resume are said to the whole; what is at work is the way down. */
async function forwardPauses(run: Run, child: Down): Promise<never> {
  const waitingFor = run.waitingFor ?? '';
  for (;;) {
    const { pausedBy } = run.steering;
    await condition(() => run.steering.pausedBy !== pausedBy);
    const by = run.steering.pausedBy;
    await child.signal(parentPausedSignal, by === undefined ? {} : { by });
    run.enter(by === undefined ? 'executing' : 'paused');
    run.waitingFor = by === undefined ? waitingFor : `resume (paused by ${by}) of ${waitingFor}`;
    run.show();
  }
}

/** A stop of the whole stops the way down where it is; what then is undone is decided here. */
async function holdChild(run: Run, child: Down, ended: Promise<ProcedureResult>): Promise<void> {
  const reason = run.steering.stop?.reason ?? 'cancelled from outside';
  await child.signal(abortSignal, { mode: 'hold', reason }).catch(() => undefined);
  reported(run, await ended);
}

function reported(run: Run, result: ProcedureResult): ProcedureResult {
  run.steps.push(...result.steps.map((step) => ({ ...step, id: `down/${step.id}` })));
  run.note(`way down ${result.outcome}: ${result.reason}`);
  return result;
}

const inputOf = (event: EventPlan, workflowId: string): GradualScaleDownInput => {
  const { request } = event;
  const { stableMs, stableTimeoutMs, stepMs, drainMs } = request.afterEvent;
  const { environment, requestedBy, everyMs, sampleMs } = request;
  const { readyTimeoutMs, rebalanceTimeoutMs, reachTimeoutMs, lagTimeoutMs } = request;
  return {
    environment,
    requestedBy,
    trigger: 'procedure',
    reason: `${event.times.name} is over`,
    procedureId: workflowId,
    services: event.services,
    stableMs,
    stableTimeoutMs,
    stepMs,
    drainMs,
    everyMs,
    sampleMs,
    readyTimeoutMs,
    rebalanceTimeoutMs,
    reachTimeoutMs,
    lagTimeoutMs,
    ...(request.gate === undefined ? {} : { gate: request.gate }),
  };
};

/** Nothing is undone for a file after the whole event: what could not be written is left over. */
async function tryToWriteDown(run: Run, event: EventPlan, isDown: boolean): Promise<Ending | undefined> {
  try {
    await writeDown(run, event, isDown);
    return undefined;
  } catch (error) {
    const ending = endingOf(error);
    run.leftOver.push(`compose file, after ${event.times.name}: ${ending.reason}`);
    await giveLeaseBack(run);
    return ending;
  }
}

function endingOf(error: unknown): Ending {
  if (error instanceof Ending) return error;
  if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
  const { type, message } = describeFailure(error);
  return new Ending('held', `${type}: ${message}`, type);
}

/**
 * The compose file says what runs now, and replicas have the resources from before the event; those that had to stay keep what the event
 * gave them.
 */
async function writeDown(run: Run, event: EventPlan, isDown: boolean): Promise<void> {
  const { composeFile } = event.request;
  const edited = run.begun.flatMap(({ operation }) =>
    operation.kind === 'editComposeFile' ? [operation] : [],
  );
  if (!composeFile.edit || edited.length === 0) return;
  const { services } = event;
  await takeLease(run, services, leasePriority.planned);
  const replicas = await perform('readReplicas', [{ services }], 'what runs after the way down');
  const edits = editsOf({ editFile: true, resources: {} }, replicas);
  const done = isDown && Object.values(event.resources).some(isGiven) ? edited : [];
  const step = stamped(fileStepAfter({ edits, now: replicas, done }), Date.now());
  const { id, title, service } = step;
  run.steps.push({ id, title, service, status: 'pending', facts: [] });
  await executeSteps(run, event.request, [step]);
  await giveLeaseBack(run);
}
