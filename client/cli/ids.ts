import { loadCatalog } from '../../config/load.ts';
import type { TemporalLink } from '../connect.ts';
import { procedureNames, procedures } from '../procedures.ts';
import { beginOfDescribed, beginOfListed } from '../not-begun.ts';
import { planMark, type ProcedureHandle } from '../start-procedure.ts';
import { lacksSearchAttributes } from '../service-error.ts';
import { searchAttributes } from '../../workflows/contracts.ts';
import { CliError } from './cli-error.ts';
import { catalogPath, type CatalogOptions } from './options.ts';

export interface Listed {
  workflowId: string;
  runId: string;
  procedure: string;
  status: string;
  phase: string;
  outcome: string;
  requestedBy: string;
  services: string[];
  startedAtMs: number;
  endedAtMs?: number;
}

/** The environment of the catalog that counts here. */
export const environmentOf = async (options: CatalogOptions): Promise<string> =>
  (await loadCatalog(catalogPath(options))).catalog.environment;

/** Procedures of an environment, the newest first. */
export async function listProcedures(
  { client }: TemporalLink,
  environment: string,
  { running = false, limit = 50 }: { running?: boolean; limit?: number } = {},
): Promise<Listed[]> {
  const name = (which: keyof typeof searchAttributes): string => searchAttributes[which].name;
  const query = [
    `${name('environment')} = "${environment}"`,
    ...(running ? ['ExecutionStatus = "Running"'] : []),
  ].join(' AND ');
  const found: Listed[] = [];
  for await (const info of client.workflow.list({ query })) {
    const value = (which: keyof typeof searchAttributes): unknown[] =>
      (info.searchAttributes as Record<string, unknown[] | undefined>)[name(which)] ?? [];
    const first = (which: keyof typeof searchAttributes): string => {
      const [text] = value(which);
      return typeof text === 'string' ? text : '';
    };
    found.push({
      workflowId: info.workflowId,
      runId: info.runId,
      procedure: first('procedure') || info.type,
      status: info.status.name.toLowerCase(),
      phase: beginOfListed(info) === undefined ? first('phase') : 'waiting',
      outcome: first('outcome'),
      requestedBy: first('requestedBy'),
      services: value('services').map(String),
      startedAtMs: Math.min(
        (info.executionTime ?? info.startTime).getTime(),
        info.closeTime?.getTime() ?? Infinity,
      ),
      ...(info.closeTime === undefined ? {} : { endedAtMs: info.closeTime.getTime() }),
    });
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * The procedure that is meant: by its workflow id, or the only one that runs in the catalog's environment.
 * @throws CliError when none runs, or several do.
 */
export async function procedureMeant(
  link: TemporalLink,
  id: string | undefined,
  options: CatalogOptions,
): Promise<ProcedureHandle> {
  if (id !== undefined) return existing(link, id);
  const environment = await environmentOf(options);
  const { begun, waiting } = await runningIds(link, environment);
  // What waits for its start is meant only where nothing is at work.
  const running = begun.length > 0 ? begun : waiting;
  const [only] = running;
  if (only !== undefined && running.length === 1) return link.client.workflow.getHandle(only);
  if (only === undefined) throw nothingRuns(environment);
  throw new CliError(`several run in ${environment}: ${running.join(', ')}`, {
    exitCode: 2,
    todo: 'name the one you mean by its workflow id',
  });
}

/** The procedure of the id; without one, all that run or wait for their start in the environment. @throws CliError when there is none. */
export async function proceduresMeant(
  link: TemporalLink,
  id: string | undefined,
  options: CatalogOptions,
): Promise<ProcedureHandle[]> {
  if (id !== undefined) return [await existing(link, id)];
  const environment = await environmentOf(options);
  const { begun, waiting } = await runningIds(link, environment);
  const running = [...begun, ...waiting];
  if (running.length === 0) throw nothingRuns(environment);
  return running.map((one) => link.client.workflow.getHandle(one));
}

const nothingRuns = (environment: string): CliError =>
  new CliError(`nothing runs in ${environment}`, {
    exitCode: 2,
    todo: '`crescendo history` lists what ran; or name a workflow id',
  });

/**
 * Ids of the procedures that run now, and of those that wait for their start; plans left out: they change nothing. The ids that are
 * known are asked for themselves, since a listing learns of a start a moment later.
 */
export async function runningIds(
  link: TemporalLink,
  environment: string,
): Promise<{ begun: string[]; waiting: string[] }> {
  const listed = await listedIds(link, environment);
  const known = knownIds(environment);
  const candidates = [...new Set([...known, ...listed])].filter((id) => !id.includes(planMark));
  const states = await Promise.all(candidates.map((id) => stateOf(link, id)));
  const those = (state: State): string[] => candidates.filter((_, index) => states[index] === state);
  return { begun: those('begun'), waiting: those('waiting') };
}

/** The ids of procedures that have one an environment. That of an example is asked for in vain, which does no harm. */
const knownIds = (environment: string): string[] =>
  procedureNames.map((name) => {
    const { input, json, workflowId } = procedures[name];
    return workflowId(input.parse({ ...json, environment }));
  });

/** Where the search attributes are not registered yet, the known ids have to do. */
async function listedIds(link: TemporalLink, environment: string): Promise<string[]> {
  try {
    return (await listProcedures(link, environment, { running: true })).map(({ workflowId }) => workflowId);
  } catch (error) {
    if (lacksSearchAttributes(error)) return [];
    throw error;
  }
}

type State = 'begun' | 'waiting' | 'ended';

async function stateOf({ client }: TemporalLink, id: string): Promise<State | undefined> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  try {
    const described = await client.workflow.getHandle(id).describe();
    if (described.status.name !== 'RUNNING') return 'ended';
    return beginOfDescribed(described) === undefined ? 'begun' : 'waiting';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function existing({ client, namespace }: TemporalLink, id: string): Promise<ProcedureHandle> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  const handle: ProcedureHandle = client.workflow.getHandle(id);
  try {
    await handle.describe();
    return handle;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new CliError(`${id}: no procedure with this workflow id in the namespace ${namespace}`, {
      exitCode: 2,
      todo: '`crescendo history` lists them',
    });
  }
}
