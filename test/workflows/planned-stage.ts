import type { WorkflowHandle } from '@temporalio/client';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { progressQuery } from '../../workflows/contracts.ts';
import {
  plannedScalingWorkflowId,
  type PlannedScalingInput,
} from '../../workflows/contracts/planned-scaling.ts';
import { taskQueueOf } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import type { Stage } from './env.ts';
import { calm } from './world.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export type Planned = WorkflowHandle<() => Promise<ProcedureResult>>;

/** A quiet platform of one replica each. */
export const quiet = ({ world }: Stage): void => calm(world);

export const runbookTargets = { 'api-gateway': 3, 'message-service': 5, 'whatsapp-connector': 3 };

/** Starts it for an event that begins `inMs` from the server's now; 2 h long. */
export async function plan(
  stage: Stage,
  inMs: number,
  more: Partial<Omit<PlannedScalingInput, 'event'>> & {
    event?: Partial<PlannedScalingInput['event']>;
  } = {},
): Promise<{ handle: Planned; startMs: number }> {
  const { environment, env } = stage;
  const startMs = Math.round((await env.currentTimeMs()) / 1_000) * 1_000 + inMs;
  const { event, ...rest } = more;
  const input = {
    environment,
    requestedBy: 'test',
    targets: runbookTargets,
    event: { name: 'TV spot', start: new Date(startMs).toISOString(), lengthMs: 2 * HOUR, ...event },
    ...rest,
  };
  const handle = await env.client.workflow.start<() => Promise<ProcedureResult>>('plannedScaling', {
    workflowId: plannedScalingWorkflowId(environment, input.event.name),
    taskQueue: taskQueueOf(environment),
    args: [input] as never,
  });
  return { handle, startMs };
}

export const untilPhase = (handle: Planned, phase: string): Promise<unknown> =>
  waitFor(async () => (await handle.query(progressQuery)).phase === phase, {
    timeoutMs: 10_000,
    what: `phase ${phase}`,
  });

export const scaled = ({ world }: Stage): string[] =>
  world.calls
    .filter((call) => call.startsWith('scaleService'))
    .map((call) => call.slice('scaleService '.length));

/** Minutes from the planned time of each step to its start. */
export const lateness = ({ steps }: ProcedureResult): number[] =>
  steps.flatMap(({ dueAtMs, startedAtMs }) =>
    dueAtMs === undefined || startedAtMs === undefined ? [] : [startedAtMs - dueAtMs],
  );
