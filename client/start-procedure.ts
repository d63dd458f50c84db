import { randomUUID } from 'node:crypto';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { ProcedureResult } from '../domain/procedure.ts';
import { beginsAtMemo, searchAttributes, taskQueueOf } from '../workflows/contracts.ts';
import { procedures, type ProcedureName } from './procedures.ts';
import type { Request } from './procedures/definition.ts';

/** Memo by which a start knows its own run from one that it has joined. */
const startMemo = 'crescendoStart';

/** Part of the workflow id of a dry run. */
export const planMark = '-plan-';

export type ProcedureHandle = WorkflowHandle<() => Promise<ProcedureResult>>;

export interface Started {
  handle: ProcedureHandle;
  workflowId: string;
  runId: string;
  /** One was running already: this is that one, and the input sent now did not count. */
  joined: boolean;
}

/**
 * Starts it, or joins the one that runs in the same environment. A dry run has an id of its own and joins nothing.
 * @param beginsAtMs until then Temporal keeps it, and no worker sees it
 */
export async function startProcedure(
  client: Client,
  name: ProcedureName,
  request: Request,
  { beginsAtMs }: { beginsAtMs?: number | undefined } = {},
): Promise<Started> {
  const workflowId = workflowIdOf(name, request);
  const token = randomUUID();
  const handle = await client.workflow.start<() => Promise<ProcedureResult>>(name, {
    workflowId,
    taskQueue: taskQueueOf(request.environment),
    args: [request] as never,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo: { [startMemo]: token, ...(beginsAtMs === undefined ? {} : { [beginsAtMemo]: beginsAtMs }) },
    ...(beginsAtMs === undefined ? {} : { startDelay: Math.max(0, beginsAtMs - Date.now()) }),
    ...labelsOf(name, request),
  });
  const runId = handle.firstExecutionRunId;
  // Asked of the run itself: of two that start at the same moment exactly one has its token in it.
  const { memo } = await client.workflow.getHandle(workflowId, runId).describe();
  return { handle, workflowId, runId, joined: memo?.[startMemo] !== token };
}

export const workflowIdOf = (name: ProcedureName, request: Request): string =>
  request.dryRun
    ? `crescendo-${request.environment}${planMark}${randomUUID().slice(0, 8)}`
    : procedures[name].workflowId(request);

/** What the Temporal UI and its lists say about a procedure from its first moment. */
export function labelsOf(
  name: ProcedureName,
  request: Request,
): { staticSummary: string; staticDetails: string; typedSearchAttributes: SearchAttributePair[] } {
  const { summary, details } = procedures[name];
  return {
    staticSummary: request.dryRun ? `Plan: ${summary(request)}` : summary(request),
    staticDetails: request.reason === '' ? details : `${details}\n\nReason: ${request.reason}`,
    typedSearchAttributes: [
      { key: keyword('environment'), value: request.environment },
      { key: keyword('procedure'), value: name },
      { key: keyword('trigger'), value: request.trigger },
      { key: keyword('requestedBy'), value: request.requestedBy },
    ],
  };
}

const keyword = (name: 'environment' | 'procedure' | 'trigger' | 'requestedBy') =>
  defineSearchAttributeKey(searchAttributes[name].name, 'KEYWORD');
