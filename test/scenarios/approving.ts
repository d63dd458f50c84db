import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../demo/lab.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { approveUpdate, planQuery, progressQuery, taskQueueOf } from '../../workflows/contracts.ts';
import type { Procedure } from './steps.ts';

/** Starts a procedure and approves its plan where it asks for that; `beforeApproval` changes the world after the plan was made. */
export async function startApproved(
  lab: Lab,
  type: string,
  workflowId: string,
  input: object,
  beforeApproval: () => Promise<void> = async () => undefined,
): Promise<Procedure> {
  const handle = await lab.client.workflow.start<() => Promise<ProcedureResult>>(type, {
    workflowId,
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'scenario', ...input }] as never,
  });
  for (;;) {
    const { phase } = await handle.query(progressQuery);
    if (phase === 'awaiting_approval') {
      const plan = await handle.query(planQuery);
      await beforeApproval();
      await handle.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'scenario' }] });
      return handle;
    }
    if (phase !== 'observing' && phase !== 'planned') return handle;
    await sleep(100);
  }
}
