import type { Command } from 'commander';
import { loadCatalog } from '../../config/load.ts';
import { renderPlan } from '../../domain/render.ts';
import type { Progress } from '../../domain/procedure.ts';
import { approveUpdate, planQuery, rejectUpdate } from '../../workflows/contracts.ts';
import { withTemporal } from '../connect.ts';
import { checkInput } from '../check-input.ts';
import { procedureNamed } from '../procedures.ts';
import { startProcedure, type ProcedureHandle } from '../start-procedure.ts';
import { beginOf, beginsLater, startedText } from './begins-later.ts';
import { followToEnd } from './follow-to-end.ts';
import { withProcedureHelp } from './help.ts';
import { withInput } from './input-options.ts';
import { buildInput, whoAmI, type InputOptions } from './input.ts';
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
import { showPlan } from './plan.ts';
import { procedureList } from './procedure-help.ts';
import { ask, canAsk, printJson, tell } from './terminal.ts';
import { uiLink } from './ui-link.ts';

export type RunOptions = CatalogOptions &
  ServerOptions &
  OutputOptions &
  InputOptions & { detach?: boolean; yes?: boolean };

/** `crescendo run PROCEDURE`: starts it, or joins the one that runs, and shows it to its end. */
export const runCommand = (program: Command): void => {
  withProcedureHelp(withServer(withCatalog(withOutput(withInput(program.command('run'))))), overview)
    .argument('<procedure>', 'its name, see below')
    .option('--dry-run', 'the plan only: take no lease, change nothing')
    .option('--detach', 'start it and come back at once')
    .option('--yes', 'approve the plan without asking')
    .description('start a procedure, or join the one that runs, and show it to its end')
    .action(runProcedure);
};

const overview = (): string => `
${procedureList()}

Examples:
  $ crescendo run emergencyScaling
  $ crescendo run emergencyScaling --set api-gateway=4 --set message-service=5 --reason "TV spot"
  $ crescendo run emergencyScaling --approval required
  $ crescendo run emergencyRollback --to single
  $ crescendo run emergencyScaling --help                every field of its input

Ctrl-C detaches; it never stops the procedure.`;

/** Starts it, or joins the one that runs, and follows it. */
export async function runProcedure(name: string, options: RunOptions): Promise<void> {
  const procedure = procedureNamed(name);
  const { catalog } = await loadCatalog(catalogPath(options));
  const request = checkInput(procedure, buildInput(procedure, options, catalog), catalog);
  if (request.dryRun) return showPlan(procedure, request, options);
  await withTemporal(options, async (link) => {
    const later = await beginsLater(link, procedure, request, options);
    if (later === 'refused') return;
    const { handle, workflowId, runId, joined } = await startProcedure(
      link.client,
      procedure,
      request,
      later,
    );
    tell(startedText({ workflowId, joined, ...later, request }));
    const url = uiLink(link, { workflowId, runId }, options.uiUrl);
    tell(url);
    if (options.detach === true) {
      tell(`Watch it: crescendo watch ${workflowId}`);
      if (isJson(options)) printJson({ workflowId, runId, joined, url, ...(joined ? {} : beginOf(later)) });
      return;
    }
    // --yes is meant for the plan of this input, not for that of a procedure somebody else has started.
    const yes = options.yes === true && !joined;
    let told: string | undefined;
    const tellPlan = async ({ planHash }: Progress): Promise<void> => {
      if (told === planHash) return;
      const plan = await handle.query(planQuery);
      if (plan !== null) tell(renderPlan(plan));
      told = planHash;
    };
    await followToEnd(link, handle, options, {
      onPlan: tellPlan,
      onApproval: async (progress) => {
        // Nor for a plan that somebody has changed since.
        const isFirst = told === undefined || told === progress.planHash;
        await tellPlan(progress);
        return decide(handle, progress, yes && isFirst);
      },
    });
  });
}

/** Asks whoever sits there; true when it was decided here. */
async function decide(handle: ProcedureHandle, { planHash = '' }: Progress, yes: boolean): Promise<boolean> {
  const by = whoAmI();
  if (!yes) {
    if (!canAsk()) return false;
    const answer = await ask('Carry it out? [yes / no / later] ');
    if (/^n(o)?$/i.test(answer)) {
      await handle.executeUpdate(rejectUpdate, { args: [{ by, reason: 'refused at the terminal' }] });
      return true;
    }
    if (!/^y(es)?$/i.test(answer)) return false;
  }
  await handle.executeUpdate(approveUpdate, { args: [{ planHash, by }] });
  return true;
}
