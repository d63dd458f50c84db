import { Option, type Command } from 'commander';
import { loadCatalog } from '../../../config/load.ts';
import { parseDurationMs } from '../../../config/units.ts';
import type { Catalog } from '../../../domain/catalog.ts';
import { formatMs } from '../../../domain/format.ts';
import { earlierInTime, type Recurrence } from '../../../domain/recurrence.ts';
import { checkInput } from '../../check-input.ts';
import { withTemporal } from '../../connect.ts';
import { procedureNamed, procedures, type ProcedureName } from '../../procedures.ts';
import type { Request } from '../../procedures/definition.ts';
import { createSchedule, type NewSchedule } from '../../schedules/store.ts';
import { readWhen, sayWhen, type WhenOptions } from '../../schedules/when.ts';
import { badInput } from '../cli-error.ts';
import { withInput } from '../input-options.ts';
import { buildInput, type InputOptions } from '../input.ts';
import { parseInstant } from '../instant.ts';
import {
  catalogPath,
  isJson,
  withCatalog,
  withOutput,
  withServer,
  type CatalogOptions,
  type OutputOptions,
  type ServerOptions,
} from '../options.ts';
import { print, printJson, tell } from '../terminal.ts';
import { countOf, previewOf, printPreview } from './preview.ts';

type CreateOptions = WhenOptions &
  InputOptions &
  CatalogOptions &
  ServerOptions &
  OutputOptions & {
    lead?: string;
    catchUp: string;
    overlap: 'skip' | 'buffer-one' | 'cancel-other';
    from?: string;
    until?: string;
    paused?: boolean;
    note?: string;
    count: string;
  };

const overlaps = { skip: 'SKIP', 'buffer-one': 'BUFFER_ONE', 'cancel-other': 'CANCEL_OTHER' } as const;
const scheduleName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

/** `crescendo schedule create NAME PROCEDURE`: checked and previewed before anything is created. */
export const scheduleCreateCommand = (schedule: Command): void => {
  withServer(withCatalog(withOutput(withInput(schedule.command('create'), ['--time-zone']))))
    .argument('<name>', 'name of the schedule')
    .argument('<procedure>', 'the procedure that it starts')
    .option(
      '--at <time>',
      'time of day, for example 20:00; of a procedure for an event: when the event starts',
    )
    .option('--on <days>', 'with --at: days of the week, for example mon-fri or sat,sun (default: every day)')
    .option('--cron <line>', 'in place of --at: minute hour day month weekday, for example "0 20 1 * *"')
    .option('--every <time>', 'in place of --at: even steps since 1970 (UTC), for example 6h')
    .option('--time-zone <name>', 'whose clocks count, for example Europe/Berlin', 'UTC')
    .option('--lead <time>', 'how long before the event it begins (default: what its steps need)')
    .option('--catch-up <time>', 'how late a missed run may still start; a late scale-up harms', '5m')
    .addOption(
      new Option('--overlap <what>', 'when the run before is still at work')
        .choices(Object.keys(overlaps))
        .default('skip'),
    )
    .option('--from <date>', 'not before, for example 2026-12-01T00:00:00+01:00')
    .option('--until <date>', 'not after')
    .option('--dry-run', 'show its next times and create nothing')
    .option('--paused', 'create it paused')
    .option('--note <text>', 'what it is for')
    .option('--count <n>', 'how many of its next times are shown', '5')
    .description('have a procedure run again and again; --dry-run only shows the next times')
    .addHelpText(
      'after',
      `
Examples:
  $ crescendo schedule create nightly-check validateScaling --at 03:30 --time-zone Europe/Berlin --dry-run
  $ crescendo schedule create friday-show plannedScaling --at 20:00 --on fri --time-zone Europe/Berlin \\
      --event "Friday show" --length 3h --peak api-gateway=5000/min --catch-up 10m
  $ crescendo schedule create weekend-down gradualScaleDown --cron "0 22 * * sun" --note "cost"`,
    )
    .action(create);
};

async function create(name: string, procedureName: string, options: CreateOptions): Promise<void> {
  const procedure = procedureNamed(procedureName);
  const { catalog } = await loadCatalog(catalogPath(options));
  if (!scheduleName.test(name))
    throw badInput([{ path: 'name', message: 'letters, digits, ".", "_" and "-" only, up to 63' }]);
  const schedule = newSchedule(name, procedure, options, catalog);
  const { recurrence } = schedule;
  const preview = previewOf({ ...schedule, afterMs: Date.now() }, countOf(options.count));
  const toProgram = isJson(options);
  if (!toProgram) {
    print(
      `${name}: ${procedure} ${sayWhen(recurrence)}, catch-up ${formatMs(schedule.catchUpMs)}, overlap ${options.overlap}`,
    );
    printPreview(preview);
  }
  if (options.dryRun === true) {
    if (toProgram) printJson({ name, procedure, created: false, ...preview });
    else tell('dry run: nothing was created');
    return;
  }
  const scheduleId = await withTemporal(options, (link) => createSchedule(link, schedule));
  if (toProgram) printJson({ name, procedure, created: true, scheduleId, ...preview });
  else print(`created ${scheduleId}${schedule.paused ? ', paused' : ''}`);
}

function newSchedule(
  name: string,
  procedure: ProcedureName,
  options: CreateOptions,
  catalog: Catalog,
): NewSchedule {
  const when = readWhen(options);
  const { request, recurrence } = ofEvent(procedure, when, options, catalog);
  const [from, until] = [dateOf('--from', options.from), dateOf('--until', options.until)];
  return {
    name,
    procedure,
    request,
    recurrence,
    overlap: overlaps[options.overlap],
    catchUpMs: timeOf('--catch-up', options.catchUp),
    ...(from === undefined ? {} : { startAt: from }),
    ...(until === undefined ? {} : { endAt: until }),
    paused: options.paused === true,
    note: options.note ?? '',
  };
}

/** A procedure for an event begins before it: the schedule is earlier, and its input says when the event is. */
function ofEvent(
  procedure: ProcedureName,
  when: Recurrence,
  options: CreateOptions,
  catalog: Catalog,
): { request: Request; recurrence: Recurrence } {
  const { leadMs } = procedures[procedure];
  // A dry run and a time zone are of the schedule, and not of the procedure that it starts.
  const { dryRun: _, timeZone: _zone, ...flags } = options;
  const input: Record<string, unknown> = { trigger: 'schedule', ...buildInput(procedure, flags, catalog) };
  if (leadMs === undefined) {
    if (options.lead !== undefined)
      throw badInput([
        { path: '--lead', message: `${procedure} is for no event: it starts at the time itself` },
      ]);
    return { request: checkInput(procedure, input, catalog), recurrence: when };
  }
  if (when.kind === 'interval')
    throw badInput([{ path: '--every', message: 'an event has a time of day: give --at or --cron' }]);
  const [calendar] = when.calendars;
  const [hour, minute] = [calendar?.hours ?? [], calendar?.minutes ?? []];
  if (calendar === undefined || hour.length !== 1 || minute.length !== 1)
    throw badInput([{ path: '--cron', message: 'an event has one time of day: create a schedule for each' }]);
  const nextAt = [...hour, ...minute].map((part) => String(part).padStart(2, '0')).join(':');
  const event = { ...(input['event'] as object | undefined), nextAt, timeZone: when.timeZone };
  const request = checkInput(procedure, { ...input, event }, catalog);
  const lead = options.lead === undefined ? leadMs(request) : timeOf('--lead', options.lead);
  if (lead > 23 * 3_600_000)
    throw badInput([
      { path: '--lead', message: `${formatMs(lead)} is more than the 23 h that a schedule can look ahead` },
    ]);
  try {
    const zone = { timeZone: when.timeZone, fromMs: Date.now() };
    return { request, recurrence: { ...when, calendars: earlierInTime(calendar, lead, zone) } };
  } catch (error) {
    throw badInput([{ path: '--cron', message: (error as Error).message }]);
  }
}

function timeOf(path: string, text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw badInput([{ path, message: (error as Error).message }]);
  }
}

function dateOf(path: string, text: string | undefined): Date | undefined {
  try {
    return text === undefined ? undefined : new Date(parseInstant(text));
  } catch (error) {
    throw badInput([{ path, message: (error as Error).message }]);
  }
}
