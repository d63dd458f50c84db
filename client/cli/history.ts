import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { formatMs } from '../../domain/format.ts';
import { withTemporal, type TemporalLink } from '../connect.ts';
import { renderHtml } from '../report/html.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { readReported } from '../report/read.ts';
import { CliError } from './cli-error.ts';
import { environmentOf, listProcedures, procedureMeant, type Listed } from './ids.ts';
import { isJson, withCatalog, withOutput, withServer } from './options.ts';
import { plain, renderResult } from './result.ts';
import { requireBegun } from './status.ts';
import { isRunning, type SteerOptions } from './steer.ts';
import { print, printJson, printJsonList, wantsColor } from './terminal.ts';
import { uiLink } from './ui-link.ts';
import { resultOf } from './workflow-result.ts';

type HistoryOptions = SteerOptions & { limit: string; report?: string };

/** `crescendo history [ID]`: the procedures of the environment; with an id, how that one ended. */
export const historyCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('history'))))
    .argument('[id]', 'workflow id: its result and its steps')
    .addOption(new Option('--limit <n>', 'how many at most').default('20'))
    .option(
      '--report <file>',
      'write the report of the procedure, however it ended: Markdown, or HTML with plots for a name in .html',
    )
    .description('what ran, and how it ended')
    .addHelpText(
      'after',
      '\nExamples:\n  $ crescendo history\n  $ crescendo history crescendo-chat4all-emergency --output json\n  $ crescendo history crescendo-chat4all-emergency --report incident.html',
    )
    .action((id: string | undefined, options: HistoryOptions) =>
      withTemporal(options, (link) => show(link, id, options)),
    );
};

async function show(link: TemporalLink, id: string | undefined, options: HistoryOptions): Promise<void> {
  if (options.report !== undefined) return report(link, id, options, options.report);
  return id === undefined ? list(link, options) : one(link, id, options);
}

/** Of any procedure: one that has ended, that runs, that was terminated or has failed. */
async function report(
  link: TemporalLink,
  id: string | undefined,
  options: HistoryOptions,
  file: string,
): Promise<void> {
  const handle = await procedureMeant(link, id, options);
  const { workflowId } = handle;
  await requireBegun(handle);
  const reported = await readReported(link.client, handle);
  const text = /\.html?$/i.test(file) ? await renderHtml(reported) : renderMarkdown(reported);
  await writeFile(file, text);
  if (isJson(options)) printJson({ workflowId, report: file });
  else print(`the report of ${workflowId} is in ${file}`);
}

async function list(link: TemporalLink, options: HistoryOptions): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new CliError(`--limit: give a number above 0, not "${options.limit}"`, { exitCode: 2 });
  }
  const environment = await environmentOf(options);
  const found = await listProcedures(link, environment, { limit });
  if (isJson(options)) return printJsonList(found, options.output);
  if (found.length === 0) return print(`nothing has run in ${environment} yet`);
  const table = plain(['started', 'procedure', 'outcome', 'took', 'by', 'workflow id']);
  for (const one of found) {
    const { startedAtMs, endedAtMs, procedure, requestedBy, workflowId } = one;
    const took = endedAtMs === undefined ? '' : formatMs(endedAtMs - startedAtMs);
    const started = new Date(startedAtMs).toISOString().slice(0, 19).replace('T', ' ');
    table.push([started, procedure, stateOf(one), took, requestedBy, workflowId]);
  }
  print(table.toString());
}

const stateOf = ({ outcome, status, phase }: Listed): string =>
  (outcome || (status === 'running' ? phase || status : status)).replaceAll('_', ' ');

async function one(link: TemporalLink, id: string, options: HistoryOptions): Promise<void> {
  const handle = await procedureMeant(link, id, options);
  if (await isRunning(handle)) {
    throw new CliError(`${id} has not ended yet`, { exitCode: 2, todo: `crescendo watch ${id}` });
  }
  const result = await resultOf(link.client, handle);
  if (isJson(options)) return printJson(result);
  print(renderResult(result, wantsColor(process.stdout)));
  print(uiLink(link, { workflowId: id }, options.uiUrl));
}
