import type { Command } from 'commander';
import type { Progress } from '../../domain/procedure.ts';
import { explainQuery, progressQuery } from '../../workflows/contracts.ts';
import { withTemporal, type TemporalLink } from '../connect.ts';
import { CliError } from './cli-error.ts';
import { procedureMeant } from './ids.ts';
import { isJson, withCatalog, withOutput, withServer } from './options.ts';
import type { SteerOptions } from './steer.ts';
import { print, printJson, wantsColor } from './terminal.ts';
import { renderTree } from './tree.ts';
import { uiLink } from './ui-link.ts';

const queryTimeoutMs = 10_000;

/** `crescendo status [ID]`: where a procedure stands now. */
export const statusCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('status'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .description('where a procedure stands now')
    .addHelpText('after', '\nExample:\n  $ crescendo status')
    .action((id: string | undefined, options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const handle = await procedureMeant(link, id, options);
        const progress = await asked(link, handle, () => handle.query<Progress>(progressQuery));
        const { workflowId } = handle;
        if (isJson(options)) return printJson({ workflowId, ...progress });
        const color = wantsColor(process.stdout);
        print(renderTree(progress, { nowMs: Date.now(), color, width: process.stdout.columns || 120 }));
        print(uiLink(link, { workflowId }, options.uiUrl));
      }),
    );
};

/** `crescendo explain [ID]`: why each step is there, and why others are not. */
export const explainCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('explain'))))
    .argument('[id]', 'workflow id; left out: the one that runs')
    .description('why each step is there, and why others are not')
    .addHelpText('after', '\nExample:\n  $ crescendo explain crescendo-chat4all-emergency')
    .action((id: string | undefined, options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const handle = await procedureMeant(link, id, options);
        const sentences = await asked(link, handle, () => handle.query<string[]>(explainQuery));
        if (isJson(options)) printJson({ workflowId: handle.workflowId, explain: sentences });
        else print(sentences.join('\n'));
      }),
    );
};

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
