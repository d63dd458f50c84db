import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import pc from 'picocolors';
import { loadCatalog } from '../../config/load.ts';
import type { Plan } from '../../domain/plan.ts';
import { renderPlan } from '../../domain/render.ts';
import { planQuery } from '../../workflows/contracts.ts';
import { checkInput } from '../check-input.ts';
import { withTemporal, type TemporalLink } from '../connect.ts';
import { procedureNamed, type ProcedureName } from '../procedures.ts';
import type { Request } from '../procedures/definition.ts';
import { startProcedure } from '../start-procedure.ts';
import { CliError } from './cli-error.ts';
import { withProcedureHelp } from './help.ts';
import { withInput } from './input-options.ts';
import { buildInput, type InputOptions } from './input.ts';
import {
  catalogPath,
  isJson,
  withCatalog,
  withOutput,
  withServer,
  type CatalogOptions,
  type OutputOptions,
  type ServerOptions,
} from './options.ts';
import { procedureList } from './procedure-help.ts';
import { exitCodeOfResult } from './result.ts';
import { print, printJson, tell, wantsColor } from './terminal.ts';
import { uiLink } from './ui-link.ts';
import { resultOf } from './workflow-result.ts';

type PlanOptions = CatalogOptions & ServerOptions & OutputOptions & InputOptions & { out?: string };

const waitMs = 120_000;

/** `crescendo plan PROCEDURE`: what it would change, and why. Takes no lease, changes nothing. */
export const planCommand = (program: Command): void => {
  withProcedureHelp(withServer(withCatalog(withOutput(withInput(program.command('plan'))))), overview)
    .argument('<procedure>', 'its name, see below')
    .option('--out <file>', 'write the plan as JSON as well')
    .description('what a procedure would change now, and why; changes nothing')
    .action(plan);
};

const overview = (): string => `
${procedureList()}

Example:
  $ crescendo plan emergencyScaling --set api-gateway=4 --out plan.json`;

async function plan(name: string, options: PlanOptions): Promise<void> {
  const procedure = procedureNamed(name);
  const { catalog } = await loadCatalog(catalogPath(options));
  const request = checkInput(
    procedure,
    buildInput(procedure, { ...options, dryRun: true }, catalog),
    catalog,
  );
  await showPlan(procedure, request, options);
}

/** Has the plan of a checked dry run made, prints it, and sets the exit code. */
export async function showPlan(
  procedure: ProcedureName,
  request: Request,
  options: ServerOptions & OutputOptions & { out?: string },
): Promise<void> {
  await withTemporal(options, async (link) => {
    const { plan: found, exitCode } = await makePlan(link, procedure, request, options);
    if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(found, null, 2)}\n`);
    if (isJson(options)) printJson(found);
    else print(colored(found, wantsColor(process.stdout)));
    process.exitCode = exitCode;
  });
}

/** The plan of a checked dry run, and the exit code that it means: a plan that cannot work is refused. */
export async function makePlan(
  link: TemporalLink,
  procedure: ProcedureName,
  request: Request,
  { uiUrl }: OutputOptions,
): Promise<{ plan: Plan; exitCode: number }> {
  const { handle, workflowId, runId } = await startProcedure(link.client, procedure, request);
  tell(uiLink(link, { workflowId, runId }, uiUrl));
  const stop = AbortSignal.timeout(waitMs);
  const result = await resultOf(link.client, handle, stop).catch((error: unknown) => {
    throw stop.aborted ? noWorker(request.environment) : error;
  });
  const exitCode = exitCodeOfResult(result);
  const found = await handle.query(planQuery);
  if (found === null) throw new CliError(`no plan: ${result.reason}`, { exitCode });
  return { plan: found, exitCode };
}

const noWorker = (environment: string): CliError =>
  new CliError(`no worker of ${environment} has made the plan within ${waitMs / 1_000} s`, {
    todo: 'start one: crescendo worker',
  });

/** The plan with the signs of a diff in colour. */
export function colored(plan: Plan, color: boolean): string {
  const colors = pc.createColors(color);
  const paints: Record<string, (text: string) => string> = {
    '~': colors.yellow,
    '+': colors.green,
    '-': colors.red,
    '!': colors.red,
  };
  return renderPlan(plan)
    .split('\n')
    .map((line) => (paints[/^ {2}([~+!-]) /.exec(line)?.[1] ?? ''] ?? String)(line))
    .join('\n');
}
