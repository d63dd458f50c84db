import { formatMs } from '../../domain/format.ts';
import { renderPlan } from '../../domain/render.ts';
import type { TemporalLink } from '../connect.ts';
import { isThere, waitsForItsStart } from '../not-begun.ts';
import { procedures, type ProcedureName } from '../procedures.ts';
import type { Request } from '../procedures/definition.ts';
import { workflowIdOf } from '../start-procedure.ts';
import type { OutputOptions, ServerOptions } from './options.ts';
import { makePlan } from './plan.ts';
import { ownTimeZone, tell } from './terminal.ts';

/** A procedure that has nothing to do for less than this is started at once. */
const soonMs = 60_000;

export interface Later {
  beginsAtMs?: number;
}

/**
 * When a procedure for an event begins: one that is far away is planned now, so that what cannot work is known today, and started with
 * a delay. `refused`: the plan cannot work, nothing was started, and the exit code says so.
 */
export async function beginsLater(
  link: TemporalLink,
  procedure: ProcedureName,
  request: Request,
  options: ServerOptions & OutputOptions,
): Promise<Later | 'refused'> {
  const beginsAtMs = procedures[procedure].beginsAtMs?.(request, Date.now()) ?? 0;
  if (beginsAtMs - Date.now() < soonMs) return {};
  if (await isThere(link.client, workflowIdOf(procedure, request))) return { beginsAtMs };
  const { plan, exitCode } = await makePlan(link, procedure, { ...request, dryRun: true }, options);
  tell(renderPlan(plan));
  if (plan.refusals.length === 0) return { beginsAtMs };
  process.exitCode = exitCode;
  return 'refused';
}

export function startedText({
  workflowId,
  joined,
  beginsAtMs,
  request,
}: Later & { workflowId: string; joined: boolean; request: Request }): string {
  if (joined) {
    const isThere = beginsAtMs === undefined ? 'runs' : 'is there';
    return `${workflowId} ${isThere} already: joined it, the input given now does not count`;
  }
  if (beginsAtMs === undefined) return `started ${workflowId}`;
  const inMs = beginsAtMs - Date.now();
  // Who is to approve must know when to be there.
  const asks =
    request.approval === 'required' ? `, and waits ${formatMs(request.approvalTimeoutMs)} for approval` : '';
  return `${workflowId} waits for ${waitsForItsStart(beginsAtMs, ownTimeZone())} (in ${formatMs(inMs)}). It is planned anew then${asks}`;
}

/** The same for a program. */
export const beginOf = ({ beginsAtMs }: Later): { beginsAt?: string } =>
  beginsAtMs === undefined ? {} : { beginsAt: new Date(beginsAtMs).toISOString() };
