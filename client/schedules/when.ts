import type { ScheduleSpec, ScheduleSpecDescription } from '@temporalio/client';
import { parseDurationMs } from '../../config/units.ts';
import { formatMs } from '../../domain/format.ts';
import { isTimeZone } from '../../domain/local-time.ts';
import type { InputError } from '../../domain/input-errors.ts';
import type { Calendar, Recurrence } from '../../domain/recurrence.ts';
import { badInput } from '../cli/cli-error.ts';
import { parseCron, parseDays, parseTimeOfDay } from './cron.ts';

/** When, as a person says it: one of cron, at (with on), every. */
export interface WhenOptions {
  cron?: string;
  at?: string;
  on?: string;
  every?: string;
  timeZone: string;
}

const MINUTE_MS = 60_000;

/** @throws CliError (exit 2) with the flag at fault. */
export function readWhen({ cron, at, on, every, timeZone }: WhenOptions): Recurrence {
  if ([cron, at, every].filter((one) => one !== undefined).length !== 1)
    throw badInput([{ path: '--at', message: 'give one of --at 20:00, --cron "0 20 * * fri", --every 6h' }]);
  if (on !== undefined && at === undefined)
    throw badInput([{ path: '--on', message: 'goes with --at: --at 20:00 --on fri,sat' }]);
  if (!isTimeZone(timeZone))
    throw badInput([
      { path: '--time-zone', message: `"${timeZone}" is no time zone (for example Europe/Berlin)` },
    ]);
  if (every !== undefined) return { kind: 'interval', everyMs: readEvery(every) };
  const calendar =
    cron === undefined ? flag('--at', () => calendarAt(at ?? '', on)) : flag('--cron', () => parseCron(cron));
  return { kind: 'calendar', calendars: [calendar], timeZone };
}

const calendarAt = (at: string, on: string | undefined): Calendar => {
  const { hour, minute } = parseTimeOfDay(at);
  return {
    hours: [hour],
    minutes: [minute],
    ...(on === undefined ? {} : { daysOfWeek: flag('--on', () => parseDays(on)) }),
  };
};

function readEvery(every: string): number {
  const everyMs = flag('--every', () => parseDurationMs(every));
  if (everyMs >= MINUTE_MS && everyMs % 1_000 === 0) return everyMs;
  throw badInput([{ path: '--every', message: 'must be whole seconds and at least 1m' }]);
}

function flag<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { errors } = error as { errors?: InputError[] };
    throw errors === undefined ? badInput([{ path, message: (error as Error).message }]) : error;
  }
}

/** As Temporal wants it. */
export function specOf(recurrence: Recurrence): ScheduleSpec {
  if (recurrence.kind === 'interval') return { intervals: [{ every: recurrence.everyMs }] };
  const { calendars, timeZone } = recurrence;
  return {
    timezone: timeZone,
    calendars: calendars.map(({ hours, minutes, daysOfMonth, months, daysOfWeek }) => ({
      hour: [...hours],
      minute: [...minutes],
      ...(daysOfMonth === undefined ? {} : { dayOfMonth: [...daysOfMonth] }),
      ...(months === undefined ? {} : { month: months.map((one) => monthNames[one - 1] ?? 'JANUARY') }),
      ...(daysOfWeek === undefined ? {} : { dayOfWeek: daysOfWeek.map((one) => dayNames[one] ?? 'SUNDAY') }),
    })),
  };
}

/** What the server says, in our words; undefined for what this CLI cannot say (made elsewhere). */
export function recurrenceOf(spec: ScheduleSpecDescription): Recurrence | undefined {
  const { calendars = [], intervals = [], skip = [], timezone } = spec;
  const [interval] = intervals;
  if (skip.length > 0 || intervals.length + Number(calendars.length > 0) !== 1) return undefined;
  if (interval !== undefined)
    // The server leaves a phase of 0 out.
    return !interval.offset ? { kind: 'interval', everyMs: interval.every } : undefined;
  const known = calendars.map((one): Calendar => {
    const daysOfMonth = numbersOf(one.dayOfMonth);
    const months = numbersOf(one.month.map((range) => indexed(range, monthNames, 1)));
    const daysOfWeek = numbersOf(one.dayOfWeek.map((range) => indexed(range, dayNames, 0)));
    return {
      hours: numbersOf(one.hour),
      minutes: numbersOf(one.minute),
      ...(daysOfMonth.length === 31 ? {} : { daysOfMonth }),
      ...(months.length === 12 ? {} : { months }),
      ...(daysOfWeek.length === 7 ? {} : { daysOfWeek }),
    };
  });
  return { kind: 'calendar', calendars: known, timeZone: timezone || 'UTC' };
}

interface Range<T> {
  start: T;
  end: T;
  step: number;
}

const indexed = <T extends string>(
  { start, end, step }: Range<T>,
  names: readonly T[],
  from: number,
): Range<number> => ({
  start: names.indexOf(start) + from,
  end: names.indexOf(end) + from,
  step,
});

const numbersOf = (ranges: readonly Range<number>[]): number[] =>
  ranges.flatMap(({ start, end, step }) => {
    const by = Math.max(1, step);
    return Array.from(
      { length: Math.floor((Math.max(start, end) - start) / by) + 1 },
      (_, index) => start + index * by,
    );
  });

/** `fri 20:00, Europe/Berlin`; a cron line where that says it better. */
export function sayWhen(recurrence: Recurrence): string {
  if (recurrence.kind === 'interval') return `every ${formatMs(recurrence.everyMs)}`;
  const { calendars, timeZone } = recurrence;
  return `${calendars.map(sayCalendar).join('; ')}, ${timeZone}`;
}

const fromMonday = (day: number): number => (day + 6) % 7;

function sayCalendar({ hours, minutes, daysOfMonth, months, daysOfWeek }: Calendar): string {
  const [hour, minute] = [hours[0] ?? 0, minutes[0] ?? 0];
  const plain =
    hours.length === 1 && minutes.length === 1 && daysOfMonth === undefined && months === undefined;
  const days = daysOfWeek
    ?.toSorted((one, other) => fromMonday(one) - fromMonday(other))
    .map((day) => (dayNames[day] ?? '').slice(0, 3).toLowerCase())
    .join(',');
  if (plain) return `${days ?? 'daily'} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const field = (values: readonly number[] | undefined, all: number): string =>
    values === undefined || values.length === all ? '*' : values.join(',');
  return [field(minutes, 60), field(hours, 24), field(daysOfMonth, 31), field(months, 12), days ?? '*'].join(
    ' ',
  );
}

const monthNames = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const dayNames = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;
