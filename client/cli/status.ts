import { defineSearchAttributeKey } from '@temporalio/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Command } from 'commander';
import type { Progress } from '../../domain/procedure.ts';
import { explainQuery, progressQuery, searchAttributes } from '../../workflows/contracts.ts';
import { withTemporal, type TemporalLink } from '../connect.ts';
import { CliError } from './cli-error.ts';
import { beginOf, beginOfDescribed, waitsForItsStart } from '../not-begun.ts';
import type { ProcedureHandle } from '../start-procedure.ts';
import { procedureMeant, proceduresMeant } from './ids.ts';
import { isJson, withCatalog, withOutput, withServer } from './options.ts';
import type { SteerOptions } from './steer.ts';
import { ownTimeZone, print, printJson, printJsonList, wantsColor } from './terminal.ts';
import { renderTree } from './tree.ts';
import { uiLink } from './ui-link.ts';

const queryTimeoutMs = 10_000;

/** `crescendo status [ID]`: where a procedure stands now; without an id, every one that runs. */
export const statusCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('status'))))
    .argument('[id]', 'workflow id; left out: all that run in the environment')
    .description('where a procedure stands now, and what comes next; all that run when none is named')
    .addHelpText('after', '\nExample:\n  $ crescendo status')
    .action((id: string | undefined, options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const handles = await proceduresMeant(link, id, options);
        const states = await Promise.all(handles.map((handle) => stateOf(link, handle)));
        if (isJson(options))
          return states.length === 1 ? printJson(states[0]) : printJsonList(states, options.output);
        print(states.map((state) => treeOf(link, state, options)).join('\n\n'));
      }),
    );
};

type State = Progress & { workflowId: string; beginsAt?: string };

async function stateOf(link: TemporalLink, handle: ProcedureHandle): Promise<State> {
  const described = await handle.describe();
  const beginsAtMs = beginOfDescribed(described);
  if (beginsAtMs !== undefined) return notBegun(described, beginsAtMs);
  const progress = await asked(link, handle, () => handle.query<Progress>(progressQuery));
  return { workflowId: handle.workflowId, ...progress };
}

/** It answers no query yet. */
function notBegun(
  { workflowId, type, typedSearchAttributes }: WorkflowExecutionDescription,
  beginsAtMs: number,
): State {
  const environment = typedSearchAttributes.get(
    defineSearchAttributeKey(searchAttributes.environment.name, 'KEYWORD'),
  );
  return {
    workflowId,
    procedure: type,
    environment: environment ?? '',
    phase: 'waiting',
    steps: [],
    events: [],
    beginsAt: new Date(beginsAtMs).toISOString(),
    waitingFor: waitsForItsStart(beginsAtMs, ownTimeZone()),
  };
}

function treeOf(link: TemporalLink, state: State, { uiUrl }: SteerOptions): string {
  const look = { color: wantsColor(process.stdout), width: process.stdout.columns || 120 };
  const tree = renderTree(state, { nowMs: Date.now(), timeZone: ownTimeZone(), ...look });
  return `${tree}\n${uiLink(link, { workflowId: state.workflowId }, uiUrl)}`;
}

/** `crescendo explain [ID]`: why each step is there, and why others are not. */
export const explainCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('explain'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .description('why each step is there, and why others are not')
    .addHelpText('after', '\nExample:\n  $ crescendo explain crescendo-chat4all-emergency')
    .action((id: string | undefined, options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const handle = await procedureMeant(link, id, options);
        await requireBegun(handle);
        const sentences = await asked(link, handle, () => handle.query<string[]>(explainQuery));
        if (isJson(options)) printJson({ workflowId: handle.workflowId, explain: sentences });
        else print(sentences.join('\n'));
      }),
    );
};

/** @throws CliError of one that was started with a delay and can say nothing yet. */
export async function requireBegun(handle: ProcedureHandle): Promise<void> {
  const beginsAtMs = await beginOf(handle);
  if (beginsAtMs === undefined) return;
  throw new CliError(`${handle.workflowId} waits for ${waitsForItsStart(beginsAtMs, ownTimeZone())}`, {
    exitCode: 2,
    todo: 'its plan of now: crescendo plan, with the same input',
  });
}

/** A query's answer within a limit. A worker answers it, so it says so when none does. */
export async function asked<T>(
  { client }: TemporalLink,
  { workflowId }: { workflowId: string },
  query: () => Promise<T>,
): Promise<T> {
  const { isGrpcServiceError } = await import('@temporalio/client');
  try {
    return await client.withDeadline(Date.now() + queryTimeoutMs, query);
  } catch (error) {
    if (!isGrpcServiceError(error) && !isGrpcServiceError((error as Error).cause)) throw error;
    throw new CliError(`no worker answers for ${workflowId}`, { todo: 'start one: crescendo worker' });
  }
}
