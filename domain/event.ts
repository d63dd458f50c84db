import { formatMs } from './format.ts';
import { formatLocal, momentsOf, nextLocalTime, offsetMsAt, type LocalTime } from './local-time.ts';
import type { Note } from './plan.ts';

/** An event as a person writes it. */
export interface EventInput {
  name: string;
  /** ISO 8601 with an offset, or a local time of `timeZone`. */
  start?: string | undefined;
  /** Of an event that comes again: the next time that a clock in `timeZone` shows this (`20:00`). */
  nextAt?: string | undefined;
  /** IANA name. */
  timeZone?: string | undefined;
  /** Like `start`. */
  end?: string | undefined;
  lengthMs?: number | undefined;
}

/** The same as moments. */
export interface EventTimes {
  name: string;
  startMs: number;
  endMs: number;
  /** In which its times are written for people. */
  timeZone: string;
  notes: Note[];
}

const withOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;
const withoutOffset = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::00)?$/;
/** An event that names no end is one of this length. */
const defaultLengthMs = 2 * 3_600_000;

export const hasOffset = (text: string): boolean => withOffset.test(text) && !Number.isNaN(Date.parse(text));
export const isLocalTime = (text: string): boolean => {
  const local = localOf(text);
  if (local === undefined) return false;
  const { year, month, day, hour, minute } = local;
  const back = new Date(Date.UTC(year, month - 1, day, hour, minute));
  return back.getUTCMonth() === month - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
};

/**
 * When the event is. A local time that a clock shows twice is taken at its first moment (ready too early costs little); one
 * that it never shows is as much later as the clock is put forward. Both are said in a note.
 * @param fromMs an event that comes again is the next one from here
 */
export const eventTimes = (input: EventInput, fromMs: number): EventTimes => {
  const timeZone = input.timeZone ?? 'UTC';
  const notes: Note[] = [];
  const startMs =
    input.nextAt === undefined
      ? momentOf(input.start ?? '', timeZone, 'event.start', notes)
      : nextLocalTime(input.nextAt, timeZone, fromMs);
  const endMs =
    input.end === undefined
      ? startMs + (input.lengthMs ?? defaultLengthMs)
      : momentOf(input.end, timeZone, 'event.end', notes);
  if (input.end === undefined && input.lengthMs === undefined)
    notes.push({
      rule: 'event.length',
      message: `neither end nor lengthMs is given: the event is taken as ${formatMs(defaultLengthMs)} long`,
    });
  return { name: input.name, startMs, endMs, timeZone, notes };
};

const momentOf = (text: string, timeZone: string, path: string, notes: Note[]): number => {
  if (hasOffset(text)) return Date.parse(text);
  const local = localOf(text);
  if (local === undefined) throw new Error(`${path}: ${text} is no time: a bug`);
  const [first, second] = momentsOf(local, timeZone);
  if (first === undefined) return inTheGap(local, timeZone, path, text, notes);
  if (second !== undefined)
    notes.push({
      rule: 'event.shown-twice',
      message: `${path}: ${text} comes twice in ${timeZone}, the clock is put back: the first, ${formatLocal(first, timeZone)}, is meant; write an offset for the other`,
    });
  return first;
};

const inTheGap = (local: LocalTime, timeZone: string, path: string, text: string, notes: Note[]): number => {
  const asUtc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
  // With the offset of before the clock shows a later time at this moment.
  const atMs = asUtc - offsetMsAt(asUtc - 24 * 3_600_000, timeZone);
  notes.push({
    rule: 'event.never-shown',
    message: `${path}: there is no ${text} in ${timeZone}, the clock is put forward over it: ${formatLocal(atMs, timeZone)} is meant`,
  });
  return atMs;
};

function localOf(text: string): LocalTime | undefined {
  const match = withoutOffset.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1).map(Number);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59) return undefined;
  return { year, month, day, hour, minute };
}

/** Lower case, digits and "-": for a workflow id. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'event';
