import { formatCount, formatMs, formatPercent } from './format.ts';
import type { Reading } from './reading.ts';
import { emptyTrend, meanOf, slopeOf, varianceOf, withPoint } from './trend.ts';

/** The judgement of a window of traffic. */
export interface StableTraffic {
  /** `unknown`: a part of the window was not seen, so it is not confirmed. */
  stable: boolean | 'unknown';
  /** The figures behind the judgement, for a person. */
  sentence: string;
  /** Mean over the window, in the unit of the readings. */
  mean?: number;
  /** Growth over the whole window by least squares, as a ratio of the mean. */
  drift?: number;
  /** Standard deviation of the slots as a ratio of the mean, without what counting a few requests alone would give. */
  variation?: number;
  /** Slots of the window that were seen, of how many. */
  seen: number;
  slots: number;
}

/**
 * What was seen of the traffic lately, in slots of equal length. It travels in each heartbeat, so it keeps no more slots than
 * the rule needs.
 */
export interface TrafficWindow {
  startedAtMs: number;
  slotMs: number;
  /** Slots that make the window. */
  slots: number;
  /** Number of the slot, known readings in it, their sum; oldest first. A slot in which nothing was known is left out. */
  kept: [slot: number, known: number, sum: number][];
  /** Why the last reading that was not known was not. */
  missing?: string;
}

/** Traffic that grew or fell by more than this over the window is not settled. */
const maxDrift = 0.2;
/** Slots that differ by more than this from one another are no base for taking replicas away. */
const maxVariation = 0.25;
const [fewestSlots, mostSlots] = [5, 15];

/** A slot for each minute of the runbook's 15; in a shorter window at least two looks in each. */
export const openTraffic = (
  { stableMs, lookMs }: { stableMs: number; lookMs: number },
  startedAtMs: number,
): TrafficWindow => {
  const fit = Math.floor(stableMs / (2 * Math.max(1, lookMs)));
  const slots = Math.min(mostSlots, Math.max(fewestSlots, fit));
  return { startedAtMs, slots, slotMs: Math.max(1, stableMs / slots), kept: [] };
};

/** The window with one look more. */
export const addTraffic = (window: TrafficWindow, reading: Reading, atMs: number): TrafficWindow => {
  if (!reading.known) return { ...window, missing: reading.reason.slice(0, 120) };
  const slot = Math.floor((atMs - window.startedAtMs) / window.slotMs);
  const last = window.kept.at(-1);
  const kept: TrafficWindow['kept'] =
    last?.[0] === slot
      ? [...window.kept.slice(0, -1), [slot, last[1] + 1, last[2] + reading.value]]
      : [...window.kept, [slot, 1, reading.value]];
  return { ...window, kept: kept.slice(-window.slots - 1) };
};

/**
 * Is the traffic of the last full slots stable? All of them must have been seen; then a line of least squares through their means
 * must not grow or fall by more than 20 % of the mean over the window, and the means must not vary by more than 25 % (coefficient of
 * variation). What counting a few requests alone would give (Poisson: the variance of a count is its mean) is taken off
 * the variance, and a trend within two standard errors of it is none, so that a quiet night counts as stable too.
 * @param countedMs how long requests are counted in one look; 0 for a reading that is no count
 */
export const judgeTraffic = (window: TrafficWindow, nowMs: number, countedMs = 0): StableTraffic => {
  const { slots, slotMs, startedAtMs } = window;
  const full = Math.floor((nowMs - startedAtMs) / slotMs);
  const inside = window.kept.filter(([slot]) => slot >= full - slots && slot < full);
  const base = { seen: inside.length, slots };
  const forMs = formatMs(slots * slotMs);
  if (full < slots)
    return {
      ...base,
      stable: 'unknown',
      sentence: `traffic was watched for ${formatMs(nowMs - startedAtMs)} of ${forMs}`,
    };
  if (inside.length < slots) {
    const why = window.missing === undefined ? '' : `: ${window.missing}`;
    const sentence = `traffic is unknown in ${slots - inside.length} of ${formatCount(slots, 'part')} of the last ${forMs}${why}`;
    return { ...base, stable: 'unknown', sentence };
  }
  return { ...base, ...judgeSlots(inside, { forMs, countedMs }) };
};

const judgeSlots = (
  inside: TrafficWindow['kept'],
  { forMs, countedMs }: { forMs: string; countedMs: number },
): Omit<StableTraffic, 'seen' | 'slots'> => {
  const means = inside.map(([, known, sum]) => sum / known);
  const trend = means.reduce((sum, value, index) => withPoint(sum, index, value), emptyTrend);
  const mean = meanOf(trend) ?? 0;
  if (mean === 0)
    return { stable: true, mean: 0, drift: 0, variation: 0, sentence: `no traffic at all for ${forMs}` };
  const looks = inside.reduce((sum, [, known]) => sum + known, 0) / inside.length;
  const noise = countedMs === 0 ? 0 : mean / ((looks * countedMs) / 60_000);
  const variation = Math.sqrt(Math.max(0, varianceOf(trend) - noise)) / mean;
  const drift = (slopeOf(trend) * inside.length) / mean;
  const driftOfNoise = Math.sqrt((12 * noise) / inside.length) / mean;
  const driftLimit = Math.max(maxDrift, 2 * driftOfNoise);
  const stable = Math.abs(drift) <= driftLimit && variation <= maxVariation;
  const figures =
    `${formatPercent(Math.abs(drift))} ${drift < 0 ? 'down' : 'up'} over ${forMs} (limit ${formatPercent(driftLimit)}), ` +
    `varies by ${formatPercent(variation)} (limit ${formatPercent(maxVariation)})`;
  return {
    stable,
    mean,
    drift,
    variation,
    sentence: `traffic is ${stable ? 'stable' : 'not stable'}: ${figures}`,
  };
};
