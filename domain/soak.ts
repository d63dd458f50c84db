import type { Catalog } from './catalog.ts';
import type { Course } from './course.ts';
import { formatMs } from './format.ts';
import { gateSampleOf } from './gate-readings.ts';
import type { Gate, GateRule, GateVerdict } from './gates.ts';
import type { Observation } from './observation.ts';
import { valueOf } from './reading.ts';
import { scaleUpAbove } from './runbook-numbers.ts';
import { frontDoorOf } from './service-readings.ts';
import { watchedMs, type SoakWindow } from './soak-window.ts';
import { emptyTrend, meanOf } from './trend.ts';
import { judgeWindow, type WindowVerdict } from './soak-verdict.ts';

/** What was seen in a watched wait. */
export interface SoakReport extends GateVerdict {
  /** What is worth knowing and fails nothing. */
  notes: string[];
  /** Looks, also those in which nothing could be read. */
  samples: number;
  watchedMs: number;
  /** The highest known value of each metric of the gate; a metric that was never known is left out. */
  worst: Record<string, number>;
  /** The mean of the known values of each metric. */
  mean?: Record<string, number>;
  /** The limit of each metric of the gate. */
  below?: Record<string, number>;
  startedAtMs?: number;
  /** How some of the metrics went meanwhile. */
  courses?: Record<string, Course>;
  /** When the first of the readings came that made it fail. */
  firstBadAtMs?: number;
}

/** Three readings in a row are a regression, one or two are noise of a short sample. */
const noisy = { tolerated: 2, toleratedShare: 0.25 } as const;

/**
 * The gate of a soak from the runbook's "Resource Utilization Thresholds". A regression is P95 or errors at the front door,
 * lag of the services' groups, an unhealthy replica (seen twice in a row: a health check may miss once) or a restart (once
 * is enough, it is no reading that jumps). CPU, memory and pools only inform: that they are used is what they are for. Each
 * rule of a regression must be known in half of all looks, else the gate is inconclusive.
 */
export const defaultGate = (catalog: Catalog, services: readonly string[]): Gate => {
  const frontDoor = frontDoorOf(catalog);
  const specs = services.flatMap((name) => catalog.services[name] ?? []);
  const atFrontDoor: GateRule[] =
    frontDoor === undefined || catalog.services[frontDoor]?.metrics === undefined
      ? []
      : [
          { metric: 'p95Ms', below: scaleUpAbove.p95Ms, ...noisy },
          { metric: 'errorRate', below: scaleUpAbove.errorRate, ...noisy },
        ];
  const groups = specs.flatMap(({ consumer }) => (consumer === undefined ? [] : [consumer.group]));
  return {
    rules: [
      ...atFrontDoor,
      ...groups.map((group) => ({
        metric: `lagMessages:${group}`,
        below: scaleUpAbove.lagMessages,
        ...noisy,
      })),
      ...specs.map(({ name }) => ({ metric: `unhealthy:${name}`, below: 1, tolerated: 1 })),
      ...specs.map(({ name }) => ({ metric: `restarts:${name}`, below: 1 })),
      ...specs.flatMap(({ name, metrics }) => informing(name, metrics !== undefined)),
    ],
    minKnownShare: 0.5,
  };
};

const informing = (service: string, hasPool: boolean): GateRule[] =>
  (['cpuOfLimit', 'memoryOfLimit', ...(hasPool ? (['poolUtilization'] as const) : [])] as const).map(
    (measure) => ({
      metric: `${measure}:${service}`,
      below: scaleUpAbove[measure],
      ...noisy,
      onBroken: 'inform',
    }),
  );

/** Values that a scaling brings down: one that was bad before it and is better now is no regression. */
const mayHaveBeenBad = /^(p95Ms|lagMessages)(:|$)/;

/** The gate with what was true before the change. */
export const gateAfter = (gate: Gate, catalog: Catalog, before: Observation | undefined): Gate => {
  if (before === undefined) return gate;
  const sample = gateSampleOf(gate, catalog, before);
  return {
    ...gate,
    rules: gate.rules.map((rule) => {
      const value = mayHaveBeenBad.test(rule.metric) ? valueOf(sample[rule.metric]) : undefined;
      return value === undefined || value < rule.below || rule.before !== undefined
        ? rule
        : { ...rule, before: value };
    }),
  };
};

/** The report of a soak that ends now, by its own time or because it failed. */
export const soakReport = (
  gate: Gate,
  window: SoakWindow,
  end: { nowMs: number; verdict?: WindowVerdict },
): SoakReport => {
  const judged = end.verdict ?? judgeWindow(gate, window);
  const worst = gate.rules.flatMap(({ metric }, index) => {
    const seen = window.rules[index];
    return seen === undefined || seen.known === 0 ? [] : [[metric, seen.worst] as const];
  });
  const courses = gate.rules.flatMap(({ metric }, index) => {
    const course = window.rules[index]?.course ?? [];
    return course.length === 0 ? [] : [[metric, course] as const];
  });
  const mean = gate.rules.flatMap(({ metric }, index) => {
    const value = meanOf(window.rules[index]?.trend ?? emptyTrend);
    return value === undefined ? [] : [[metric, value] as const];
  });
  const unwatched =
    window.unwatchedMs > 0
      ? [`nobody watched for ${formatMs(window.unwatchedMs)}: it was watched longer for that`]
      : [];
  return {
    ...judged,
    notes: [...judged.notes, ...unwatched],
    samples: window.samples,
    watchedMs: watchedMs(window, end.nowMs),
    worst: Object.fromEntries(worst),
    mean: Object.fromEntries(mean),
    below: Object.fromEntries(gate.rules.map(({ metric, below }) => [metric, below])),
    startedAtMs: window.startedAtMs,
    courses: Object.fromEntries(courses),
  };
};
