import { withTemporal, type TemporalLink } from '../connect.ts';
import { beginOf } from '../not-begun.ts';
import type { ProcedureHandle } from '../start-procedure.ts';
import { badInput, CliError } from './cli-error.ts';
import { procedureMeant } from './ids.ts';
import { isJson, type CatalogOptions, type OutputOptions, type ServerOptions } from './options.ts';
import { print, printJson } from './terminal.ts';

export type SteerOptions = CatalogOptions & ServerOptions & OutputOptions;

type Say = (handle: ProcedureHandle, link: TemporalLink) => Promise<string>;

/** Says a word to a running procedure and prints its answer; to one that has not begun only the word that is meant for that. */
export async function steer(
  id: string | undefined,
  options: SteerOptions,
  say: Say,
  sayBeforeItBegins: Say = refuseBeforeItBegins,
): Promise<void> {
  await withTemporal(options, async (link) => {
    const handle = await procedureMeant(link, id, options);
    await requireRunning(handle);
    const hasBegun = (await beginOf(handle)) === undefined;
    const answer = await (hasBegun ? say : sayBeforeItBegins)(handle, link).catch(async (error: unknown) => {
      throw await describeRefusal(error);
    });
    const { workflowId } = handle;
    if (isJson(options)) printJson({ workflowId, answer });
    else print(`${workflowId}: ${answer}`);
  });
}

export async function isRunning(handle: ProcedureHandle): Promise<boolean> {
  return (await handle.describe()).status.name === 'RUNNING';
}

async function requireRunning(handle: ProcedureHandle): Promise<void> {
  if (await isRunning(handle)) return;
  throw new CliError(`${handle.workflowId} runs no more`, {
    exitCode: 2,
    todo: `crescendo history ${handle.workflowId} shows how it ended`,
  });
}

/** An update would wake it: it would check and plan long before its time. */
function refuseBeforeItBegins({ workflowId }: ProcedureHandle): Promise<never> {
  const todo = `to change it, call it off (crescendo abort ${workflowId} --mode hold --reason "...") and run it anew`;
  return Promise.reject(new CliError(`${workflowId} has not begun`, { exitCode: 2, todo }));
}

/** What the procedure's validator has against the word: bad input, with its path. */
async function describeRefusal(error: unknown): Promise<unknown> {
  const { ApplicationFailure, WorkflowUpdateFailedError } = await import('@temporalio/client');
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return error;
  const [details] = (cause.details ?? []) as { errors?: { path: string; message: string }[] }[];
  return details?.errors === undefined ? new CliError(cause.message) : badInput(details.errors);
}
