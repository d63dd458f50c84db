import type {
  ScheduleDescription,
  ScheduleExecutionResult,
  ScheduleHandle,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { TemporalLink } from '../connect.ts';
import { lacksSearchAttributes } from '../service-error.ts';
import { labelsOf } from '../start-procedure.ts';
import { procedures, type ProcedureName } from '../procedures.ts';
import type { Request } from '../procedures/definition.ts';
import type { Recurrence } from '../../domain/recurrence.ts';
import { searchAttributes, taskQueueOf } from '../../workflows/contracts.ts';
import { CliError } from '../cli/cli-error.ts';
import { specOf } from './when.ts';

export const scheduleIdOf = (environment: string, name: string): string => `crescendo-${environment}-${name}`;

export const nameOf = (environment: string, scheduleId: string): string =>
  scheduleId.slice(scheduleIdOf(environment, '').length);

export interface NewSchedule {
  name: string;
  procedure: ProcedureName;
  /** Checked input of each run. */
  request: Request;
  recurrence: Recurrence;
  overlap: ScheduleOverlapPolicy;
  catchUpMs: number;
  startAt?: Date;
  endAt?: Date;
  paused: boolean;
  note: string;
}

/** @throws CliError (exit 2) when one of the name is there. */
export async function createSchedule({ client }: TemporalLink, schedule: NewSchedule): Promise<string> {
  const { name, procedure, request, recurrence, overlap, catchUpMs, startAt, endAt, paused, note } = schedule;
  const { ScheduleAlreadyRunning } = await import('@temporalio/client');
  const scheduleId = scheduleIdOf(request.environment, name);
  const labels = labelsOf(procedure, request);
  try {
    await client.schedule.create({
      scheduleId,
      spec: {
        ...specOf(recurrence),
        ...(startAt === undefined ? {} : { startAt }),
        ...(endAt === undefined ? {} : { endAt }),
      },
      action: {
        type: 'startWorkflow',
        workflowType: procedure,
        workflowId: procedures[procedure].workflowId(request),
        taskQueue: taskQueueOf(request.environment),
        args: [request],
        memo: { crescendoSchedule: scheduleId },
        ...labels,
      },
      policies: { overlap, catchupWindow: catchUpMs },
      state: { paused, note },
      memo: { createdBy: request.requestedBy, environment: request.environment, procedure },
      typedSearchAttributes: labels.typedSearchAttributes,
    });
    return scheduleId;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    throw new CliError(`a schedule ${name} is there already`, {
      exitCode: 2,
      todo: `look at it with \`crescendo schedule show ${name}\`, or remove it with \`crescendo schedule delete ${name}\``,
    });
  }
}

/** The schedules of an environment. The list learns of a new one a moment later. */
export async function listSchedules(link: TemporalLink, environment: string): Promise<ScheduleDescription[]> {
  const ids = await idsOf(link, environment).catch((error: unknown) => {
    if (lacksSearchAttributes(error)) return [];
    throw error;
  });
  const found = await Promise.all(
    ids.map((id) =>
      link.client.schedule
        .getHandle(id)
        .describe()
        // Deleted in between.
        .catch(() => undefined),
    ),
  );
  return found.filter((one) => one !== undefined);
}

async function idsOf({ client }: TemporalLink, environment: string): Promise<string[]> {
  const query = `${searchAttributes.environment.name} = "${environment}"`;
  const ids: string[] = [];
  for await (const { scheduleId } of client.schedule.list({ query })) ids.push(scheduleId);
  return ids.toSorted((one, other) => one.localeCompare(other));
}

/** Does something with a schedule by its name. @throws CliError (exit 2) where there is none. */
export async function withSchedule<T>(
  { client, namespace }: TemporalLink,
  { environment, name }: { environment: string; name: string },
  work: (handle: ScheduleHandle) => Promise<T>,
): Promise<T> {
  const { ScheduleNotFoundError } = await import('@temporalio/client');
  try {
    return await work(client.schedule.getHandle(scheduleIdOf(environment, name)));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new CliError(`${name}: no such schedule of ${environment} in the namespace ${namespace}`, {
      exitCode: 2,
      todo: '`crescendo schedule list` shows them',
    });
  }
}

export interface ScheduledRun {
  workflowId: string;
  runId: string;
  /** When it was due. */
  dueAtMs: number;
  /** How it ended, or where it stands. */
  outcome: string;
}

/** The runs that Temporal remembers of a schedule, the newest first. */
export const runsOf = (
  link: TemporalLink,
  { info }: ScheduleDescription,
  limit = 10,
): Promise<ScheduledRun[]> =>
  Promise.all(
    info.recentActions
      .toReversed()
      .slice(0, limit)
      .map((action) => runOf(link, action)),
  );

async function runOf(
  { client }: TemporalLink,
  { scheduledAt, action }: ScheduleExecutionResult,
): Promise<ScheduledRun> {
  const { workflowId, firstExecutionRunId: runId } = action.workflow;
  const described = await client.workflow
    .getHandle(workflowId, runId)
    .describe()
    // Past its retention: it ran, and nothing more is known.
    .catch(() => undefined);
  const attributes = (described?.searchAttributes ?? {}) as Record<string, unknown[] | undefined>;
  const value = (which: 'outcome' | 'phase'): string => {
    const [text] = attributes[searchAttributes[which].name] ?? [];
    return typeof text === 'string' ? text : '';
  };
  const status = described?.status.name.toLowerCase() ?? 'unknown';
  const outcome = status === 'running' ? value('phase') || status : value('outcome') || status;
  return { workflowId, runId, dueAtMs: scheduledAt.getTime(), outcome: outcome.replaceAll('_', ' ') };
}
