import type { Command } from 'commander';
import { loadCatalog } from '../../config/load.ts';
import { incidentWorkflowId, rollbackSignal } from '../../workflows/contracts.ts';
import { withTemporal, type TemporalLink } from '../connect.ts';
import { checkInput } from '../check-input.ts';
import { beginOf, callOff } from '../not-begun.ts';
import { startProcedure } from '../start-procedure.ts';
import { CliError } from './cli-error.ts';
import { followToEnd } from './follow-to-end.ts';
import { procedureMeant, runningIds } from './ids.ts';
import { buildInput, whoAmI } from './input.ts';
import { catalogPath, isJson, withCatalog, withOutput, withServer } from './options.ts';
import { isRunning, type SteerOptions } from './steer.ts';
import { print, printJson, tell } from './terminal.ts';
import { uiLink } from './ui-link.ts';

type RollbackOptions = SteerOptions & { reason: string; input?: string; detach?: boolean };

/** `crescendo rollback [ID]`: a running procedure is told to put things back; for one that has ended, a rollback is started. */
export const rollbackCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('rollback'))))
    .argument('[id]', 'workflow id; left out: the one that runs, else the last incident')
    .option('--reason <text>', 'why; stands in the history', 'asked for at the terminal')
    .option(
      '--input <json|@file|->',
      'more of the input of emergencyRollback, for example {"stabilizeMs": 5000}',
    )
    .option('--detach', 'start it and come back at once')
    .description('put back what ran before a procedure')
    .addHelpText(
      'after',
      `
Examples:
  $ crescendo rollback --reason "P95 got worse"
  $ crescendo rollback crescendo-chat4all-emergency`,
    )
    .action((id: string | undefined, options: RollbackOptions) =>
      withTemporal(options, (link) => rollback(link, id, options)),
    );
};

async function rollback(link: TemporalLink, id: string | undefined, options: RollbackOptions): Promise<void> {
  const { catalog } = await loadCatalog(catalogPath(options));
  const target = id ?? (await defaultTarget(link, catalog.environment));
  const handle = await procedureMeant(link, target, options);
  if ((await beginOf(handle)) !== undefined) {
    await callOff(handle, options.reason, whoAmI());
    tell(`${target} had not begun: it is called off, and nothing was changed`);
    if (options.detach !== true) return followToEnd(link, handle, options);
    if (isJson(options)) printJson({ workflowId: target, signalled: true });
    return;
  }
  if (await isRunning(handle)) {
    await handle.signal(rollbackSignal, { reason: options.reason, by: whoAmI() });
    tell(`${target} was told to roll back`);
    if (options.detach !== true) return followToEnd(link, handle, options);
    if (isJson(options)) printJson({ workflowId: target, signalled: true });
    return;
  }
  const { reason, input: more } = options;
  const given = { reason, procedureId: target, ...(more === undefined ? {} : { input: more }) };
  const input = buildInput('emergencyRollback', given, catalog);
  const request = checkInput('emergencyRollback', input, catalog);
  const started = await startProcedure(link.client, 'emergencyRollback', request);
  const { workflowId, runId, joined } = started;
  tell(joined ? `${workflowId} runs already: joined it` : `${target} has ended: started ${workflowId}`);
  tell(uiLink(link, { workflowId, runId }, options.uiUrl));
  if (options.detach !== true) return followToEnd(link, started.handle, options);
  if (isJson(options)) printJson({ workflowId, runId, joined });
  else print(`Watch it: crescendo watch ${workflowId}`);
}

async function defaultTarget(link: TemporalLink, environment: string): Promise<string> {
  const { begun: running } = await runningIds(link, environment);
  const [only] = running;
  if (only !== undefined && running.length === 1) return only;
  if (only === undefined) return incidentWorkflowId(environment);
  throw new CliError(`several run in ${environment}: ${running.join(', ')}`, {
    exitCode: 2,
    todo: 'name the one you mean by its workflow id',
  });
}
