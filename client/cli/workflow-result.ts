import type { Client } from '@temporalio/client';
import type { ProcedureResult } from '../../domain/procedure.ts';
import type { ProcedureHandle } from '../start-procedure.ts';
import { CliError, badInput } from './cli-error.ts';

/**
 * The result of a procedure, waited for.
 * @throws CliError for what ended it from outside (terminate) and for an input that the worker refused.
 */
export async function resultOf(
  client: Client,
  handle: ProcedureHandle,
  signal?: AbortSignal,
): Promise<ProcedureResult> {
  const wait = (): Promise<ProcedureResult> => handle.result();
  try {
    return await (signal === undefined ? wait() : client.withAbortSignal(signal, wait));
  } catch (error) {
    throw await describeEnd(error, handle.workflowId);
  }
}

async function describeEnd(error: unknown, workflowId: string): Promise<unknown> {
  const { ApplicationFailure, TerminatedFailure, WorkflowFailedError } = await import('@temporalio/client');
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (cause instanceof TerminatedFailure) {
    return new CliError(`${workflowId} was terminated: what it had begun was not undone`, {
      todo: 'look at the platform, then `crescendo rollback` puts the snapshot back',
    });
  }
  if (cause instanceof ApplicationFailure) {
    const [details] = (cause.details ?? []) as { errors?: { path: string; message: string }[] }[];
    if (details?.errors !== undefined) return badInput(details.errors);
    return new CliError(`${workflowId} failed: ${cause.message}`);
  }
  return new CliError(`${workflowId} ended: ${cause?.message ?? error.message}`);
}
