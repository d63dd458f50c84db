import type { Command } from 'commander';
import type { ScheduleDescription } from '@temporalio/client';
import { withTemporal, type TemporalLink } from '../../connect.ts';
import { listSchedules, nameOf, runsOf, type ScheduledRun } from '../../schedules/store.ts';
import { recurrenceOf, sayWhen } from '../../schedules/when.ts';
import { environmentOf } from '../ids.ts';
import { isJson, withCatalog, withOutput, withServer } from '../options.ts';
import { plain } from '../result.ts';
import type { SteerOptions } from '../steer.ts';
import { print, printJsonList } from '../terminal.ts';
import { previewOfDescribed, type NextRun } from './preview.ts';

/** A schedule as the lists show it. */
export interface ScheduleSummary {
  name: string;
  scheduleId: string;
  procedure: string;
  when: string;
  paused: boolean;
  note: string;
  createdBy: string;
  next?: NextRun;
  lastRun?: ScheduledRun;
}

/** `crescendo schedule list`: each with its last and its next run. */
export const scheduleListCommand = (schedule: Command): void => {
  withServer(withCatalog(withOutput(schedule.command('list'))))
    .description('the schedules of the environment, each with its last and its next run')
    .addHelpText('after', '\nExample:\n  $ crescendo schedule list --output json')
    .action((options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const environment = await environmentOf(options);
        const found = await listSchedules(link, environment);
        const all = await Promise.all(found.map((one) => summaryOf(link, environment, one)));
        if (isJson(options)) return printJsonList(all, options.output);
        if (all.length === 0) return print(`no schedules in ${environment}`);
        const table = plain(['name', 'procedure', 'when', 'next', 'last', 'by', 'note']);
        for (const one of all) {
          const { name, procedure, when, paused, next, lastRun, createdBy, note } = one;
          const last = lastRun === undefined ? 'never' : `${utcOf(lastRun.dueAtMs)} ${lastRun.outcome}`;
          table.push([
            name,
            procedure,
            when,
            paused ? 'paused' : (next?.starts ?? 'none'),
            last,
            createdBy,
            note,
          ]);
        }
        print(table.toString());
      }),
    );
};

export const utcOf = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

export async function summaryOf(
  link: TemporalLink,
  environment: string,
  described: ScheduleDescription,
): Promise<ScheduleSummary> {
  const { scheduleId, action, spec, state, memo } = described;
  const recurrence = recurrenceOf(spec);
  const [next] = previewOfDescribed(described, 1).next;
  const [lastRun] = await runsOf(link, described, 1);
  const by = memo?.['createdBy'];
  return {
    name: nameOf(environment, scheduleId),
    scheduleId,
    procedure: action.workflowType,
    when: recurrence === undefined ? 'see the Temporal UI' : sayWhen(recurrence),
    paused: state.paused,
    note: state.note ?? '',
    createdBy: typeof by === 'string' ? by : '',
    ...(next === undefined ? {} : { next }),
    ...(lastRun === undefined ? {} : { lastRun }),
  };
}
