import { CrescendoError } from './crescendo-error.ts';
import { localTimeOf, momentsOf, offsetMsAt, type LocalTime } from './local-time.ts';

/** Times of a calendar: a clock time matches when all its fields do. A field that is left out matches always. */
export interface Calendar {
  minutes: readonly number[];
  hours: readonly number[];
  /** 1 to 31. */
  daysOfMonth?: readonly number[];
  /** 1 to 12. */
  months?: readonly number[];
  /** 0 is Sunday. */
  daysOfWeek?: readonly number[];
}

/** When something happens again and again: by the clocks of a time zone, or in even steps since 1970. */
export type Recurrence =
  | { kind: 'calendar'; calendars: readonly Calendar[]; timeZone: string }
  | { kind: 'interval'; everyMs: number };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** February 29 comes every four years, and once every eight. */
const SEARCH_DAYS = 8 * 366;

/**
 * The next times after `afterMs`, at most `count`. A time that a day does not have (the clock is put forward) does not
 * happen. One that it has twice stands here twice; Temporal 1.29 takes both in New York and only the later one in Berlin.
 */
export function nextTimes(recurrence: Recurrence, afterMs: number, count: number): number[] {
  if (recurrence.kind === 'interval') {
    const first = (Math.floor(afterMs / recurrence.everyMs) + 1) * recurrence.everyMs;
    return Array.from({ length: count }, (_, index) => first + index * recurrence.everyMs);
  }
  const { calendars, timeZone } = recurrence;
  const found: number[] = [];
  const { year, month, day } = localTimeOf(afterMs, timeZone);
  const today = Date.UTC(year, month - 1, day);
  for (let index = 0; index < SEARCH_DAYS && found.length < count; index += 1) {
    const date = new Date(today + index * DAY_MS);
    const times = calendars.flatMap((calendar) => timesOn(date, calendar, timeZone));
    const fresh = [...new Set(times)].filter((atMs) => atMs > afterMs);
    found.push(...fresh.toSorted((one, other) => one - other));
  }
  return found.slice(0, count);
}

const timesOn = (date: Date, calendar: Calendar, timeZone: string): number[] =>
  clockTimesOn(date, calendar).flatMap((local) => momentsOf(local, timeZone));

function clockTimesOn(date: Date, calendar: Calendar): LocalTime[] {
  const { daysOfMonth, months, daysOfWeek, hours, minutes } = calendar;
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  if (daysOfMonth?.includes(day) === false || months?.includes(month) === false) return [];
  if (daysOfWeek?.includes(date.getUTCDay()) === false) return [];
  return hours.flatMap((hour) => minutes.map((minute) => ({ year, month, day, hour, minute })));
}

export interface OddTime {
  /** `2027-03-28 02:30` by the clock there. */
  local: string;
  /** How often the day has it. */
  times: number;
}

/** Times within `days` after `afterMs` that a change of the clock takes away or brings twice. */
export function oddTimes(recurrence: Recurrence, afterMs: number, days: number): OddTime[] {
  if (recurrence.kind === 'interval') return [];
  const { calendars, timeZone } = recurrence;
  const { year, month, day } = localTimeOf(afterMs, timeZone);
  const dates = Array.from({ length: days }, (_, index) => new Date(Date.UTC(year, month - 1, day + index)));
  // Only a day that the clock changes on can be odd.
  const changing = dates.filter(
    (date) =>
      offsetMsAt(date.getTime() - DAY_MS / 2, timeZone) !==
      offsetMsAt(date.getTime() + 1.5 * DAY_MS, timeZone),
  );
  return changing.flatMap((date) =>
    calendars.flatMap((calendar) =>
      clockTimesOn(date, calendar).flatMap((local) => {
        const times = momentsOf(local, timeZone).length;
        return times === 1 ? [] : [{ local: textOf(local), times }];
      }),
    ),
  );
}

const textOf = ({ year, month, day, hour, minute }: LocalTime): string =>
  new Date(Date.UTC(year, month - 1, day, hour, minute)).toISOString().slice(0, 16).replace('T', ' ');

/**
 * The same calendar, earlier by the clock: what must begin `leadMs` before each of its times.
 * @throws CrescendoError `InvalidInput` where the day before cannot be said (the day before the first of a month).
 */
export function earlier(calendar: Calendar, leadMs: number): Calendar[] {
  const leadMinutes = Math.ceil(leadMs / 60_000);
  return calendar.hours.flatMap((hour) =>
    calendar.minutes.map((minute) => {
      const shifted = hour * 60 + minute - leadMinutes;
      const days = Math.floor(shifted / 1_440);
      const time = shifted - days * 1_440;
      const { daysOfWeek, ...rest } = calendar;
      if (days !== 0 && (rest.daysOfMonth !== undefined || rest.months !== undefined)) throw onTheDayBefore();
      return {
        ...rest,
        hours: [Math.floor(time / 60)],
        minutes: [time % 60],
        ...(daysOfWeek === undefined
          ? {}
          : { daysOfWeek: daysOfWeek.map((one) => (((one + days) % 7) + 7) % 7) }),
      };
    }),
  );
}

/** A clock is put forward by no more than this. */
const extraLeadsMs = [0, HOUR_MS / 2, HOUR_MS, 2 * HOUR_MS];
const LOOKED_AT = 366;

/**
 * The same, and at least `leadMs` before each of its times by every clock: where the clock is put forward within the lead, a start by the
 * clock comes too late or, at a time that is left out, never. It then begins earlier by as much, on every day: to be early costs little.
 */
export function earlierInTime(
  calendar: Calendar,
  leadMs: number,
  { timeZone, fromMs }: { timeZone: string; fromMs: number },
): Calendar[] {
  const times = nextTimes({ kind: 'calendar', calendars: [calendar], timeZone }, fromMs + DAY_MS, LOOKED_AT);
  const found = extraLeadsMs
    .map((extraMs) => earlier(calendar, leadMs + extraMs))
    .find((calendars) => {
      const recurrence = { kind: 'calendar', calendars, timeZone } as const;
      const starts = nextTimes(recurrence, fromMs - DAY_MS, times.length + 4 * calendars.length);
      return times.every((atMs) => starts.some((start) => isInTime(start, atMs - leadMs)));
    });
  return found ?? earlier(calendar, leadMs);
}

/** Not that of the day before. */
const isInTime = (startMs: number, latestMs: number): boolean =>
  startMs <= latestMs && startMs > latestMs - DAY_MS / 4;

const onTheDayBefore = (): CrescendoError =>
  new CrescendoError(
    'InvalidInput',
    'it would have to begin on the day before, which days of the month do not say: give days of the week, or a smaller lead',
  );
