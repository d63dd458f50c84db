import { defaultPayloadConverter } from '@temporalio/common';
import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { orAborted, withTimeLimit } from '../adapters/abort.ts';
import type { EditComposeFile } from '../domain/compose-file-operation.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { Plan } from '../domain/plan.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { abortSignal, planQuery } from '../workflows/contracts.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { reasonOf } from './reason.ts';
import { currentTask } from './task.ts';

/** A query needs a worker; a procedure whose worker is away must not hold up a rollback. */
const queryMs = 5_000;

/** What one procedure wants to know of another, and of it. */
export const procedureActivities = ({
  client,
}: Dependencies): Pick<Activities, 'readProcedure' | 'stopProcedure'> => ({
  readProcedure: async ({ procedureId, runId, planMs = queryMs }) => {
    const handle = client.workflow.getHandle(procedureId, runId);
    const status = await statusOf(handle);
    if (status === undefined) return { plan: null, result: null, running: false };
    const [read, begun, result] = await Promise.all([
      readPlan(client, handle, planMs),
      readBegun(handle),
      status === 'COMPLETED' ? (handle.result() as Promise<ProcedureResult>) : null,
    ]);
    return { ...read, result, running: status === 'RUNNING', status, ...begun };
  },

  stopProcedure: async ({ procedureId, reason, timeoutMs }) => {
    const { signal, report } = currentTask();
    const handle = client.workflow.getHandle(procedureId);
    try {
      await handle.signal(abortSignal, { mode: 'hold', reason });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return { facts: [`${procedureId} had ended already`] };
    }
    report(`asked ${procedureId} to hold`);
    const limit = withTimeLimit(timeoutMs, signal);
    try {
      const result = (await orAborted(handle.result(), limit)) as ProcedureResult;
      return { facts: [`${procedureId} stopped: ${result.outcome}`] };
    } catch (error) {
      if (error instanceof WorkflowFailedError) return { facts: [`${procedureId} ended: ${error.message}`] };
      signal.throwIfAborted();
      if (!limit.aborted) throw error;
      throw new CrescendoError(
        'ProcedureNotStopped',
        `${procedureId} still runs ${Math.round(timeoutMs / 1000)} s after it was asked to hold`,
      );
    }
  },
});

/** `undefined` when there is no such workflow. */
const statusOf = async (handle: WorkflowHandle): Promise<string | undefined> => {
  try {
    return (await handle.describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};

/** `null` when the procedure has made none; with the reason when that could not be read. */
const readPlan = async (
  client: Dependencies['client'],
  handle: WorkflowHandle,
  withinMs: number,
): Promise<{ plan: Plan | null; planUnread?: string }> => {
  const { signal, report } = currentTask();
  try {
    return { plan: await client.withDeadline(Date.now() + withinMs, () => handle.query(planQuery)) };
  } catch (error) {
    report('the procedure answers no query: going on without its plan');
    return { plan: null, planUnread: reasonOf(error, signal) };
  }
};

/** What it began to write, as its history has it: also of one that was terminated, without a worker. */
export const readBegun = async (
  handle: Pick<WorkflowHandle, 'fetchHistory'>,
): Promise<{ edits: Pick<EditComposeFile, 'edits' | 'backup'>[]; begunIds: string[] }> => {
  const { events } = await handle.fetchHistory();
  const scheduled = (events ?? []).flatMap((event) => {
    const { activityType, input } = event.activityTaskScheduledEventAttributes ?? {};
    const [payload] = input?.payloads ?? [];
    if (payload === undefined) return [];
    return [{ type: activityType?.name, input: defaultPayloadConverter.fromPayload<Scheduled>(payload) }];
  });
  return {
    edits: scheduled
      .filter(({ type }) => type === 'editComposeFile')
      .map(({ input: { edits, backup } }) => ({ edits, backup })),
    begunIds: scheduled.flatMap(({ input }) => input?.operationId ?? []),
  };
};

type Scheduled = EditComposeFile & { operationId?: string };
