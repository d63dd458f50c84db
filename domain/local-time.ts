/** Clock times in a time zone. The zone's rules come with the runtime (ICU), never from a clock of this machine. */

const DAY_MS = 86_400_000;

/** A time as a clock on the wall shows it; `month` and `day` count from 1. */
export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** Whether the runtime knows the zone: an IANA name or UTC. */
export function isTimeZone(timeZone: string): boolean {
  try {
    return clockOf(timeZone) !== undefined;
  } catch {
    return false;
  }
}

/** What a clock there shows at a moment. */
export function localTimeOf(atMs: number, timeZone: string): LocalTime & { second: number } {
  const parts = clockOf(timeZone).formatToParts(atMs);
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return {
    year: value('year'),
    month: value('month'),
    day: value('day'),
    hour: value('hour'),
    minute: value('minute'),
    second: value('second'),
  };
}

/** How far a clock there is ahead of UTC at a moment. */
export function offsetMsAt(atMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = localTimeOf(atMs, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1_000) * 1_000;
}

/**
 * The moments at which a clock there shows this time: one; none where it is put forward over it; two, the earlier one
 * first, where it is put back over it.
 */
export function momentsOf(local: LocalTime, timeZone: string): number[] {
  const asUtc = utcOf(local);
  const offsets = [asUtc - DAY_MS, asUtc + DAY_MS].map((atMs) => offsetMsAt(atMs, timeZone));
  const moments = [...new Set(offsets.map((offset) => asUtc - offset))];
  return moments
    .filter((atMs) => atMs + offsetMsAt(atMs, timeZone) === asUtc)
    .toSorted((one, other) => one - other);
}

/**
 * The first moment from `fromMs` on at which a clock there shows `at` (`20:00`). A day on which the clock is put forward
 * over that time has it as much later as the clock is put forward.
 */
export function nextLocalTime(at: string, timeZone: string, fromMs: number): number {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const { year, month, day } = localTimeOf(fromMs, timeZone);
  for (let days = 0; ; days += 1) {
    // A date of that number is one of the next month, which Date.UTC understands.
    const next = shownAt({ year, month, day: day + days, hour, minute }, timeZone);
    const found = next.find((atMs) => atMs >= fromMs);
    if (found !== undefined) return found;
  }
}

function shownAt(local: LocalTime, timeZone: string): number[] {
  const moments = momentsOf(local, timeZone);
  return moments.length > 0 ? moments : [utcOf(local) - offsetMsAt(utcOf(local) - DAY_MS, timeZone)];
}

/** `2026-12-01T20:00:00+01:00`: ISO with the offset there. */
export function formatLocal(atMs: number, timeZone: string): string {
  const offset = offsetMsAt(atMs, timeZone);
  const wall = new Date(atMs + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${wall}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${wall}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

const utcOf = ({ year, month, day, hour, minute }: LocalTime): number =>
  Date.UTC(year, month - 1, day, hour, minute);

/** To make one costs a hundred times what it costs to ask it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const found = clocks.get(timeZone) ?? newClock(timeZone);
  clocks.set(timeZone, found);
  return found;
}

const newClock = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
