import { formatMs, formatPercent } from './format.ts';
import { unknown, type Reading } from './reading.ts';
import { judge, type RuleResult } from './rule.ts';
import { scaleDownBelow, scaleUpAbove } from './runbook-numbers.ts';
import { sustained, type Sample } from './sustained.ts';

/**
 * What was measured of one service over time, each series oldest first. CPU and memory as a ratio of the limit, mean over
 * the replicas. A series that the service cannot have (no consumer, no pool) is left out; one that should be there and
 * could not be read has unknown readings.
 */
export interface ServiceSeries {
  service: string;
  cpuOfLimit: readonly Sample[];
  memoryOfLimit: readonly Sample[];
  p95Ms?: readonly Sample[];
  errorRate?: readonly Sample[];
  lagMessages?: readonly Sample[];
  poolUtilization?: readonly Sample[];
  /** Every replica is running and healthy. */
  healthy: boolean | 'unknown';
}

export interface ThresholdMoment {
  nowMs: number;
  /** The longest time between two readings that still counts as watched. Default: 1 minute. */
  maxGapMs?: number;
}

/** "Scale UP when": any one that fired is enough. CPU and memory sustained for 5 minutes, the others as of now. */
export const scaleUpRules = (series: ServiceSeries, at: ThresholdMoment): RuleResult[] => [
  held('scale-up.cpu', `CPU of ${series.service}`, series.cpuOfLimit, 'above', scaleUpAbove.cpuOfLimit, at),
  held(
    'scale-up.memory',
    `memory of ${series.service}`,
    series.memoryOfLimit,
    'above',
    scaleUpAbove.memoryOfLimit,
    at,
  ),
  ...instant(series, at),
];

/**
 * "Scale DOWN when": all must have fired. CPU and memory sustained for 15 minutes without one missing reading, nothing
 * above a scale-up threshold, every replica healthy. What is unknown forbids it: no metric, no scale-down.
 */
export const scaleDownRules = (series: ServiceSeries, at: ThresholdMoment): RuleResult[] => [
  held(
    'scale-down.cpu',
    `CPU of ${series.service}`,
    series.cpuOfLimit,
    'below',
    scaleDownBelow.cpuOfLimit,
    at,
  ),
  held(
    'scale-down.memory',
    `memory of ${series.service}`,
    series.memoryOfLimit,
    'below',
    scaleDownBelow.memoryOfLimit,
    at,
  ),
  healthy(series, instant(series, at)),
];

/** Up when any rule fired (the rest may be unknown), down when all fired, else nothing. Up wins. */
export const directionOf = (
  up: readonly RuleResult[],
  down: readonly RuleResult[],
): { direction: 'up' | 'down' | 'none'; because: RuleResult[] } => {
  const fired = up.filter((rule) => rule.fired === true);
  if (fired.length > 0) return { direction: 'up', because: fired };
  if (down.length > 0 && down.every((rule) => rule.fired === true))
    return { direction: 'down', because: [...down] };
  return { direction: 'none', because: [...up, ...down].filter((rule) => rule.fired !== true) };
};

const held = (
  rule: string,
  what: string,
  samples: readonly Sample[],
  side: 'above' | 'below',
  threshold: number,
  { nowMs, maxGapMs = 60_000 }: ThresholdMoment,
): RuleResult => {
  const holds = (value: number) => (side === 'above' ? value > threshold : value < threshold);
  const forMs = (side === 'above' ? scaleUpAbove : scaleDownBelow).sustainedMs;
  const seen = sustained(samples, holds, { nowMs, forMs, maxGapMs, strict: side === 'below' });
  // The value that was hardest to hold: the lowest above, the highest below.
  const value = side === 'above' ? Math.min(...seen.values) : Math.max(...seen.values);
  const says = `${side} ${formatPercent(threshold)}`;
  const sentence =
    seen.held === 'unknown'
      ? `${what} cannot be said to be ${says}: ${seen.why}`
      : `${what} is ${seen.held ? says : `not ${says}`} ${seen.why}`;
  return { rule, fired: seen.held, ...(seen.values.length > 0 ? { value } : {}), threshold, sentence };
};

const instant = (series: ServiceSeries, at: ThresholdMoment): RuleResult[] => {
  const { service, p95Ms, errorRate, lagMessages, poolUtilization } = series;
  const rules: [string, string, readonly Sample[] | undefined, number, (value: number) => string][] = [
    ['scale-up.p95', `P95 of ${service}`, p95Ms, scaleUpAbove.p95Ms, formatMs],
    ['scale-up.errors', `error rate of ${service}`, errorRate, scaleUpAbove.errorRate, formatPercent],
    ['scale-up.lag', `consumer lag of ${service}`, lagMessages, scaleUpAbove.lagMessages, String],
    [
      'scale-up.pool',
      `busiest pool of ${service}`,
      poolUtilization,
      scaleUpAbove.poolUtilization,
      formatPercent,
    ],
  ];
  return rules.flatMap(([rule, what, samples, threshold, format]) =>
    samples === undefined
      ? []
      : [judge({ rule, what, reading: latest(samples, at), fires: 'above', threshold, format })],
  );
};

/** The newest reading, unknown when it is older than the gap: what was true ten minutes ago is not what is true now. */
const latest = (samples: readonly Sample[], { nowMs, maxGapMs = 60_000 }: ThresholdMoment): Reading => {
  const last = samples.findLast(({ atMs }) => atMs <= nowMs);
  if (last === undefined) return unknown('no reading yet', 'series');
  if (nowMs - last.atMs > maxGapMs) return unknown(`last read ${formatMs(nowMs - last.atMs)} ago`, 'series');
  return last.reading;
};

const healthy = ({ service, healthy }: ServiceSeries, others: readonly RuleResult[]): RuleResult => {
  const base = { rule: 'scale-down.healthy', threshold: 1 };
  const bad = others.find(({ fired }) => fired === true);
  if (bad !== undefined) return { ...base, fired: false, value: 0, sentence: bad.sentence };
  if (healthy === false)
    return { ...base, fired: false, value: 0, sentence: `a replica of ${service} is not healthy` };
  const missing = others.find(({ fired }) => fired === 'unknown');
  if (missing !== undefined) return { ...base, fired: 'unknown', sentence: missing.sentence };
  if (healthy === 'unknown')
    return { ...base, fired: 'unknown', sentence: `health of ${service} is unknown` };
  return { ...base, fired: true, value: 1, sentence: `${service} is healthy, with headroom` };
};
