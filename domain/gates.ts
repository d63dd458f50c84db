import type { Reading } from './reading.ts';
import { addSample, openWindow } from './soak-window.ts';
import { judgeWindow } from './soak-verdict.ts';

/** What must hold to go on after a change, watched over a soak. */
export interface Gate {
  rules: GateRule[];
  /** Known readings that each rule needs at least. Default 1. */
  minSamples?: number | undefined;
  /** Share of all looks in which each rule must have been known, 0 to 1. Default 0. */
  minKnownShare?: number | undefined;
}

export interface GateRule {
  /** Name of the reading, e.g. `p95Ms`, `lagMessages:message-service-group` (domain/gate-readings.ts). */
  metric: string;
  /** The value must stay below. */
  below: number;
  /** Readings at or above the limit that are forgiven when they come in a row: noise. One more is a regression at once. Default 0. */
  tolerated?: number | undefined;
  /** Share of all known readings at or above the limit that is forgiven, however they are spread; judged at the end. Default: any. */
  toleratedShare?: number | undefined;
  /** `fail` (default): a regression. `inform`: it is said, fails nothing, and may be unknown. */
  onBroken?: 'fail' | 'inform' | undefined;
  /** The value before the change. What was at or above the limit then and is better now is no regression. */
  before?: number | undefined;
}

/** One look: readings by metric. */
export type GateSample = Readonly<Record<string, Reading>>;

export interface GateVerdict {
  verdict: 'pass' | 'fail' | 'inconclusive';
  reasons: string[];
}

/**
 * `fail` when a rule was broken more often than tolerated, else `inconclusive` when a rule could not be judged (too few
 * known readings: a person decides), else `pass`. Every rule that does not pass gives a reason.
 */
export const judgeGate = (gate: Gate, samples: readonly GateSample[]): GateVerdict => {
  const window = samples.reduce(
    (seen, sample, index) => addSample(gate, seen, sample, index),
    openWindow(gate, 0),
  );
  const { verdict, reasons } = judgeWindow(gate, window);
  return { verdict, reasons };
};
