import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { formatLocal } from '../domain/local-time.ts';
import { abortSignal, searchAttributes } from '../workflows/contracts.ts';
import type { ProcedureHandle } from './start-procedure.ts';

/**
 * When it begins, of a procedure that was started with a delay and has not begun. No worker knows it yet: it answers no query, keeps a
 * signal for its start, and an update would wake it before its time.
 */
export async function beginOf(handle: ProcedureHandle): Promise<number | undefined> {
  return beginOfDescribed(await handle.describe());
}

export function beginOfDescribed(described: WorkflowExecutionDescription): number | undefined {
  // Woken before its time (by a cancel, by an update) it has a task, and soon a phase.
  return described.raw.pendingWorkflowTask ? undefined : beginOfListed(described);
}

/** The same by what a listing tells. */
export function beginOfListed(
  info: Pick<WorkflowExecutionInfo, 'status' | 'startTime' | 'executionTime' | 'searchAttributes'>,
): number | undefined {
  const { status, startTime, executionTime } = info;
  const phases = (info.searchAttributes as Record<string, unknown[] | undefined>)[
    searchAttributes.phase.name
  ];
  if (status.name !== 'RUNNING' || executionTime === undefined || phases !== undefined) return undefined;
  // The server's clock may be ahead of this one: without a delay the two times are the same.
  if (executionTime.getTime() <= startTime.getTime()) return undefined;
  return executionTime.getTime() > Date.now() ? executionTime.getTime() : undefined;
}

export const waitsForItsStart = (beginsAtMs: number, timeZone: string): string =>
  `its start at ${formatLocal(beginsAtMs, timeZone)}; until then it checks nothing, changes nothing and holds nothing`;

/** Ends it before it has begun. The word alone would wait for its start; the cancel wakes it, and it ends with the word as its reason. */
export async function callOff(handle: ProcedureHandle, reason: string, by: string): Promise<void> {
  await handle.signal(abortSignal, { mode: 'rollback', reason, by });
  await handle.cancel();
}

/** Whether a procedure with this id runs, or waits for its start. */
export async function isThere(client: Client, workflowId: string): Promise<boolean> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
