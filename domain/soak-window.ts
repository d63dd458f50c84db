import { withValue, type Course } from './course.ts';
import type { Gate, GateRule, GateSample } from './gates.ts';
import type { Reading } from './reading.ts';
import { emptyTrend, withPoint, type Trend } from './trend.ts';

/**
 * What a soak has seen so far, of a size that does not grow with its length: it travels in each heartbeat, so that a worker
 * that takes over knows what the one before it saw.
 */
export interface SoakWindow {
  startedAtMs: number;
  lastAtMs: number;
  /** Looks, also those in which nothing could be read. */
  samples: number;
  /** Time between two looks that is too long to call it watched: no worker was there. */
  maxGapMs: number;
  /** Sum of the times that nobody watched. */
  unwatchedMs: number;
  /** One for each rule of the gate, in its order. */
  rules: RuleWindow[];
}

export interface RuleWindow {
  known: number;
  /** Known readings at or above the limit, without those that are better than before the change. */
  broken: number;
  /** Broken readings in a row up to now, when that row began, and the longest of all. */
  row: number;
  rowAtMs: number;
  longestRow: number;
  /** When the longest row began. */
  longestRowAtMs: number;
  worst: number;
  last: number;
  trend: Trend;
  /** Of what a report plots; left out of the rest. */
  course?: Course;
  /** Why the last reading that was not known was not. */
  missing?: string;
}

const maxReason = 120;

/** What a person wants to see over time. */
const isPlotted = (metric: string): boolean => /^(p95Ms|errorRate|lagMessages|cpuOfLimit)(:|$)/.test(metric);

export const openWindow = (gate: Gate, startedAtMs: number, maxGapMs = Infinity): SoakWindow => ({
  startedAtMs,
  lastAtMs: startedAtMs,
  samples: 0,
  maxGapMs,
  unwatchedMs: 0,
  rules: gate.rules.map(({ metric }) => ({
    known: 0,
    broken: 0,
    row: 0,
    rowAtMs: 0,
    longestRow: 0,
    longestRowAtMs: 0,
    worst: 0,
    last: 0,
    trend: emptyTrend,
    ...(isPlotted(metric) ? { course: [] } : {}),
  })),
});

/** The window with one look more. A metric that the sample does not have is unknown in it, never 0. */
export const addSample = (gate: Gate, window: SoakWindow, sample: GateSample, atMs: number): SoakWindow => ({
  ...window,
  lastAtMs: atMs,
  samples: window.samples + 1,
  unwatchedMs: window.unwatchedMs + gapOf(window, atMs),
  rules: gate.rules.map((rule, index) => {
    const seen = window.rules[index] as RuleWindow;
    return addReading(rule, seen, sample[rule.metric], { atMs, startedAtMs: window.startedAtMs });
  }),
});

/** How long the soak was watched until now: what nobody saw does not count. */
export const watchedMs = (window: SoakWindow, nowMs: number): number =>
  nowMs - window.startedAtMs - window.unwatchedMs;

const gapOf = ({ lastAtMs, maxGapMs }: SoakWindow, atMs: number): number =>
  atMs - lastAtMs > maxGapMs ? atMs - lastAtMs : 0;

const addReading = (
  rule: GateRule,
  seen: RuleWindow,
  reading: Reading | undefined,
  { atMs, startedAtMs }: { atMs: number; startedAtMs: number },
): RuleWindow => {
  if (reading?.known !== true)
    return { ...seen, missing: (reading?.reason ?? 'nobody reads it').slice(0, maxReason) };
  const { value } = reading;
  const broken = isBroken(rule, value);
  const row = broken ? seen.row + 1 : 0;
  const rowAtMs = broken && seen.row === 0 ? atMs : seen.rowAtMs;
  const atSeconds = (atMs - startedAtMs) / 1_000;
  const isLongest = row > seen.longestRow;
  return {
    ...seen,
    known: seen.known + 1,
    broken: seen.broken + (broken ? 1 : 0),
    row,
    rowAtMs,
    longestRow: isLongest ? row : seen.longestRow,
    longestRowAtMs: isLongest ? rowAtMs : seen.longestRowAtMs,
    worst: seen.known === 0 ? value : Math.max(seen.worst, value),
    last: value,
    trend: withPoint(seen.trend, atSeconds, value),
    ...(seen.course === undefined ? {} : { course: withValue(seen.course, atSeconds, value) }),
  };
};

/** At or above the limit, unless it was so before the change already and is better now. */
const isBroken = ({ below, before = below }: GateRule, value: number): boolean =>
  value >= below && value >= before;
