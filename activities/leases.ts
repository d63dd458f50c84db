import {
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type WorkflowHandle,
} from '@temporalio/client';
import { pause } from '../adapters/abort.ts';
import {
  leaseReleaseSignal,
  leaseRequestSignal,
  leaseWorkflowId,
  taskQueueOf,
} from '../workflows/contracts.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { currentTask } from './task.ts';

const lookAgainMs = 2_000;

/** What a procedure and the lease workflow cannot say to each other by themselves. */
export const leaseActivities = ({
  client,
  loadCatalog,
  nowMs,
}: Dependencies): Pick<Activities, 'requestLease' | 'releaseLease' | 'waitForHolderToEnd'> => ({
  requestLease: async (request) => {
    const { environment } = (await loadCatalog()).catalog;
    await client.workflow.signalWithStart('lease', {
      workflowId: leaseWorkflowId(environment),
      taskQueue: taskQueueOf(environment),
      args: [{ environment }],
      signal: leaseRequestSignal,
      signalArgs: [request],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `Leases of ${environment}: who may change which service`,
    });
  },

  releaseLease: async (holder) => {
    const { environment } = (await loadCatalog()).catalog;
    try {
      await client.workflow.getHandle(leaseWorkflowId(environment)).signal(leaseReleaseSignal, holder);
    } catch (error) {
      // No lease workflow: nobody holds anything, this one neither.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  },

  waitForHolderToEnd: async ({ holders, timeoutMs }) => {
    const { signal, report } = currentTask();
    const giveUpAtMs = nowMs() + timeoutMs;
    for (;;) {
      const running = await Promise.all(
        holders.map(({ workflowId, runId }) => isRunning(client.workflow.getHandle(workflowId, runId))),
      );
      const ended = holders.filter((_holder, index) => running[index] === false);
      if (ended.length > 0 || nowMs() >= giveUpAtMs) return ended.map(({ workflowId }) => workflowId);
      report(`${holders.map(({ workflowId }) => workflowId).join(', ')} still run`);
      await pause(Math.min(lookAgainMs, Math.max(1, giveUpAtMs - nowMs())), signal);
    }
  },
});

const isRunning = async (handle: WorkflowHandle): Promise<boolean> => {
  try {
    return (await handle.describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
};
