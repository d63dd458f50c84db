import type { WorkflowHandle } from '@temporalio/client';
import type { Lab } from '../../demo/lab.ts';
import { startLoad } from '../../demo/load.ts';
import { until } from '../../demo/processes.ts';
import { normalRatePerSecond } from '../../demo/spike.ts';
import type { Progress, ProcedureResult } from '../../domain/procedure.ts';
import {
  incidentWorkflowId,
  progressQuery,
  rollbackWorkflowId,
  taskQueueOf,
  type EmergencyRollbackInput,
  type EmergencyScalingInput,
} from '../../workflows/contracts.ts';

export type Procedure = WorkflowHandle<() => Promise<ProcedureResult>>;

/** The targets of the demo's emergency: the runbook's 1.2 to 1.4. */
export const scaledOut = { 'api-gateway': 3, 'message-service': 3, 'whatsapp-connector': 2 };
export const single = { 'api-gateway': 1, 'message-service': 1, 'whatsapp-connector': 1 };

export function startEmergency(
  lab: Lab,
  input: Partial<EmergencyScalingInput> = {},
  id?: string,
): Promise<Procedure> {
  return lab.client.workflow.start<() => Promise<ProcedureResult>>('emergencyScaling', {
    workflowId: id ?? incidentWorkflowId(lab.environment),
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'scenario', ...input }] as never,
  });
}

export const startRollback = (lab: Lab, input: Partial<EmergencyRollbackInput> = {}): Promise<Procedure> =>
  lab.client.workflow.start<() => Promise<ProcedureResult>>('emergencyRollback', {
    workflowId: rollbackWorkflowId(lab.environment),
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'scenario', ...input }] as never,
  });

/** Back to one replica each, as an operator would. */
export async function resetPlatform(lab: Lab): Promise<void> {
  const handle = await startRollback(lab, { to: 'single', stabilizeMs: 0, rootCauseMs: 1_000 });
  const { outcome, reason } = await handle.result();
  if (outcome !== 'completed' && outcome !== 'no_change')
    throw new Error(`reset ended ${outcome}: ${reason}`);
  if (outcome === 'completed') await lab.saveHistory(handle.workflowId, 'emergencyRollback/completed');
}

export const progressOf = (handle: Procedure): Promise<Progress> => handle.query(progressQuery);

/** Waits until the step (by a part of its id) has this status. */
export const untilStep = (handle: Procedure, step: string, status: string): Promise<void> =>
  until(
    `${step} is ${status}`,
    async () =>
      (await progressOf(handle)).steps.some((report) => report.id.includes(step) && report.status === status),
    60_000,
    100,
  );

/** Running containers of each service in `expected`, and sentences about what differs. */
export async function replicaViolations(lab: Lab, expected: Record<string, number>): Promise<string[]> {
  const counts = await lab.replicas();
  return Object.entries(expected).flatMap(([service, count]) =>
    counts[service] === count ? [] : [`${service} has ${counts[service] ?? 0} replicas, expected ${count}`],
  );
}

/** Runs the work while a normal day goes on: only then has a connector traffic, and is there a P95. */
export async function underNormalLoad<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  const { url, token } = lab.stack;
  const load = await startLoad({ url, token, ratePerSecond: normalRatePerSecond });
  try {
    await until('normal load is served', () => load.samples().length >= 8, 60_000);
    return await work();
  } finally {
    await load.stop();
  }
}
