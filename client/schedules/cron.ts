import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Calendar } from '../../domain/recurrence.ts';

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * `0 20 * * fri`: minute, hour, day of month, month, day of week, with lists, ranges, steps and names.
 * @throws CrescendoError `InvalidInput` with the field at fault.
 */
export function parseCron(text: string): Calendar {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) throw wrong(`"${text}" has ${fields.length} fields`);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  if (dayOfMonth !== '*' && dayOfWeek !== '*')
    throw wrong('day of month and day of week together are read in two ways: give one of them');
  const daysOfMonth = valuesOf(dayOfMonth, { from: 1, to: 31, what: 'day of month' });
  const months = valuesOf(month, { from: 1, to: 12, what: 'month', names: monthNames });
  const daysOfWeek = parseDays(dayOfWeek);
  return {
    minutes: valuesOf(minute, { from: 0, to: 59, what: 'minute' }),
    hours: valuesOf(hour, { from: 0, to: 23, what: 'hour' }),
    ...(dayOfMonth === '*' ? {} : { daysOfMonth }),
    ...(month === '*' ? {} : { months }),
    ...(dayOfWeek === '*' ? {} : { daysOfWeek }),
  };
}

/** `mon,fri`, `mon-fri`, `5`: days of the week, Sunday as 0 or 7. */
export const parseDays = (text: string): number[] => [
  ...new Set(valuesOf(text, { from: 0, to: 7, what: 'day of week', names: dayNames }).map((day) => day % 7)),
];

/** `20:00`. @throws CrescendoError `InvalidInput`. */
export function parseTimeOfDay(text: string): { hour: number; minute: number } {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined)
    throw new CrescendoError('InvalidInput', `"${text}" is no time of day (for example 20:00)`);
  return { hour: Number(hour), minute: Number(minute) };
}

interface Field {
  from: number;
  to: number;
  what: string;
  /** Names of the values, the first of them for `from`. */
  names?: readonly string[];
}

function valuesOf(text: string, field: Field): number[] {
  const values = text.split(',').flatMap((part) => rangeOf(part, field));
  return [...new Set(values)].toSorted((one, other) => one - other);
}

function rangeOf(part: string, field: Field): number[] {
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  const [low = '', high] = range.split('-');
  const every = range === '*';
  const start = every ? field.from : valueOf(low, field);
  // `5/15` goes on to the end, as in every cron.
  const open = every || (high === undefined && step !== undefined);
  const end = open ? field.to : valueOf(high ?? low, field);
  const by = Number(step ?? 1);
  if (start > end || by < 1) throw wrong(`${field.what} "${part}" is empty`);
  return Array.from({ length: Math.floor((end - start) / by) + 1 }, (_, index) => start + index * by);
}

function valueOf(text: string, { from, to, what, names }: Field): number {
  const named = names?.indexOf(text.toLowerCase().slice(0, 3)) ?? -1;
  const isName = named >= 0 && /^[a-z]+$/i.test(text);
  const value = isName ? named + from : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= from && value <= to)) throw wrong(`${what} "${text}" is not within ${from} to ${to}`);
  return value;
}

const wrong = (message: string): CrescendoError =>
  new CrescendoError(
    'InvalidInput',
    `${message} (for example "0 20 * * fri": minute hour day month weekday)`,
  );
