import { formatMs } from './format.ts';
import type { Reading } from './reading.ts';

/** One reading of a series, oldest first. */
export interface Sample {
  atMs: number;
  reading: Reading;
}

export interface Window {
  nowMs: number;
  /** How long it must have held. */
  forMs: number;
  /** The longest time without a known reading that still counts as seen. */
  maxGapMs: number;
  /** Whether one unknown reading in the window already makes the answer unknown: for what is risky when wrong. */
  strict?: boolean;
}

/** `held: 'unknown'` when it was not seen for all of the window; `why` says for how long, or what is missing. */
export interface Held {
  held: boolean | 'unknown';
  why: string;
  /** Known values of the window. */
  values: number[];
}

/**
 * Did a condition hold for the whole window, without a gap? One value against it is enough for no; a window that was not
 * seen from its begin to now without a gap is unknown, never yes.
 */
export const sustained = (
  samples: readonly Sample[],
  holds: (value: number) => boolean,
  window: Window,
): Held => {
  const { nowMs, forMs, maxGapMs, strict = false } = window;
  const startMs = nowMs - forMs;
  const past = samples.filter(({ atMs }) => atMs <= nowMs);
  const known = past.flatMap(({ atMs, reading }) => (reading.known ? [{ atMs, value: reading.value }] : []));
  const inside = known.filter(({ atMs }) => atMs > startMs);
  const values = inside.map(({ value }) => value);
  const duration = formatMs(forMs);
  if (inside.some(({ value }) => !holds(value)))
    return { held: false, why: `for all of ${duration}`, values };

  const unseen = (why: string): Held => ({ held: 'unknown', why, values });
  if (inside.length === 0) return unseen(`no reading in the last ${duration}`);
  if (strict && past.some(({ atMs, reading }) => atMs > startMs && !reading.known))
    return unseen(`a reading of the last ${duration} is missing`);
  const before = known.findLast(({ atMs }) => atMs <= startMs);
  if (before === undefined)
    return unseen(`seen for ${formatMs(nowMs - (inside[0]?.atMs ?? nowMs))} of ${duration}`);
  if (!holds(before.value)) return { held: false, why: `for all of ${duration}`, values };
  const gap = longestGap([before.atMs, ...inside.map(({ atMs }) => atMs), nowMs]);
  if (gap > maxGapMs) return unseen(`a gap of ${formatMs(gap)} in the last ${duration}`);
  return { held: true, why: `for ${duration}`, values };
};

const longestGap = (times: readonly number[]): number =>
  Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
