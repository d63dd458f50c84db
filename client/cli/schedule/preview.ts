import type { Command } from 'commander';
import type { ScheduleDescription } from '@temporalio/client';
import { formatLocal, nextLocalTime } from '../../../domain/local-time.ts';
import { nextTimes, oddTimes, type Recurrence } from '../../../domain/recurrence.ts';
import { withTemporal } from '../../connect.ts';
import { withSchedule } from '../../schedules/store.ts';
import { recurrenceOf } from '../../schedules/when.ts';
import { badInput } from '../cli-error.ts';
import { environmentOf } from '../ids.ts';
import { isJson, withCatalog, withOutput, withServer } from '../options.ts';
import { plain } from '../result.ts';
import type { SteerOptions } from '../steer.ts';
import { print, printJson } from '../terminal.ts';

export interface NextRun {
  /** By the clocks of the schedule's time zone. */
  starts: string;
  startsUtc: string;
  /** Of a procedure for an event: when the event is. */
  event?: string;
}

export interface Preview {
  timeZone: string;
  next: NextRun[];
  /** What changes of the clock do to it within a year, as sentences. */
  warnings: string[];
}

const YEAR_DAYS = 365;
const timesOfServer = 10;

/** `crescendo schedule preview NAME`: the next times of a schedule that is there. */
export const schedulePreviewCommand = (schedule: Command): void => {
  withServer(withCatalog(withOutput(schedule.command('preview'))))
    .argument('<name>', 'name of the schedule')
    .option('--count <n>', 'how many', '5')
    .description('its next times, by its time zone and in UTC (before it is created: create … --dry-run)')
    .addHelpText('after', '\nExample:\n  $ crescendo schedule preview nightly-check --count 10')
    .action((name: string, options: SteerOptions & { count: string }) =>
      withTemporal(options, async (link) => {
        const count = countOf(options.count);
        const environment = await environmentOf(options);
        const found = await withSchedule(link, { environment, name }, (handle) => handle.describe());
        const preview = previewOfDescribed(found, count);
        const { paused } = found.state;
        if (isJson(options)) return printJson({ name, paused, ...preview });
        if (paused) print(`${name} is paused: none of these starts anything`);
        printPreview(preview);
      }),
    );
};

export function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000) return count;
  throw badInput([{ path: '--count', message: `give a number from 1 to 1000, not "${text}"` }]);
}

/** Of a schedule as it would be created. */
export function previewOf(
  {
    recurrence,
    request,
    afterMs,
    startAt,
    endAt,
  }: { recurrence: Recurrence; request: unknown; afterMs: number; startAt?: Date; endAt?: Date },
  count: number,
): Preview {
  // Both ends count as well, as they do for Temporal.
  const fromMs = Math.max(afterMs, (startAt?.getTime() ?? 0) - 1);
  const times = nextTimes(recurrence, fromMs, count).filter((atMs) => atMs <= (endAt?.getTime() ?? atMs));
  return { ...shown(times, zoneOf(recurrence), request), warnings: warningsOf(recurrence, fromMs) };
}

/** Of one that is there: the server's own times, as far as it says them. */
export function previewOfDescribed({ spec, info, action }: ScheduleDescription, count: number): Preview {
  const recurrence = recurrenceOf(spec);
  const [request] = action.args ?? [];
  const timeZone = spec.timezone || 'UTC';
  const known = info.nextActionTimes.slice(0, count).map((date) => date.getTime());
  if (recurrence === undefined) return { ...shown(known, timeZone, request), warnings: [] };
  const { startAt, endAt } = spec;
  const limits = { ...(startAt === undefined ? {} : { startAt }), ...(endAt === undefined ? {} : { endAt }) };
  const own = previewOf({ recurrence, request, afterMs: Date.now(), ...limits }, count);
  return count <= timesOfServer ? { ...own, ...shown(known, timeZone, request) } : own;
}

export const zoneOf = (recurrence: Recurrence): string =>
  recurrence.kind === 'calendar' ? recurrence.timeZone : 'UTC';

function shown(
  times: readonly number[],
  timeZone: string,
  request: unknown,
): Pick<Preview, 'timeZone' | 'next'> {
  const next = times.map((atMs) => {
    const event = eventAfter(atMs, request);
    return {
      starts: formatLocal(atMs, timeZone),
      startsUtc: new Date(atMs).toISOString(),
      ...(event === undefined ? {} : { event }),
    };
  });
  return { timeZone, next };
}

function eventAfter(atMs: number, request: unknown): string | undefined {
  const { event } = (request ?? {}) as { event?: { nextAt?: string; timeZone?: string } };
  if (event?.nextAt === undefined || event.timeZone === undefined) return undefined;
  return formatLocal(nextLocalTime(event.nextAt, event.timeZone, atMs), event.timeZone);
}

const warningsOf = (recurrence: Recurrence, afterMs: number): string[] =>
  oddTimes(recurrence, afterMs, YEAR_DAYS).map(({ local, times }) =>
    times === 0
      ? `the clock is put forward over ${local}: nothing starts then`
      : `the clock is put back over ${local}: it comes twice, and Temporal may take one or both`,
  );

export function printPreview({ timeZone, next, warnings }: Preview): void {
  if (next.length === 0) print('no time is left: nothing will start');
  else {
    const withEvent = next.some(({ event }) => event !== undefined);
    const table = plain([`starts (${timeZone})`, 'starts (UTC)', ...(withEvent ? ['event'] : [])]);
    for (const { starts, startsUtc, event = '' } of next)
      table.push([starts, `${startsUtc.slice(0, 19)}Z`, ...(withEvent ? [event] : [])]);
    print(table.toString());
  }
  for (const warning of warnings) print(`note: ${warning}`);
}
