import type { Reading } from './reading.ts';

/** What must hold to go on after a change, watched over a soak. */
export interface Gate {
  rules: GateRule[];
  /** Known readings that each rule needs at least. Default 1. */
  minSamples?: number;
}

export interface GateRule {
  /** Name of the reading, e.g. `p95Ms`. */
  metric: string;
  /** The value must stay below. */
  below: number;
  /** Readings at or above the limit that are forgiven. Default 0. */
  tolerated?: number;
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
  const judged = gate.rules.map((rule) => judgeRule(rule, gate.minSamples ?? 1, samples));
  const reasons = judged.filter(({ verdict }) => verdict !== 'pass').map(({ reason }) => reason);
  const verdicts = new Set(judged.map(({ verdict }) => verdict));
  const verdict = verdicts.has('fail') ? 'fail' : verdicts.has('inconclusive') ? 'inconclusive' : 'pass';
  return { verdict, reasons };
};

const judgeRule = (rule: GateRule, minSamples: number, samples: readonly GateSample[]) => {
  const { metric, below, tolerated = 0 } = rule;
  const values = samples.flatMap((sample) => {
    const reading = sample[metric];
    return reading?.known === true ? [reading.value] : [];
  });
  const broken = values.filter((value) => value >= below);
  if (broken.length > tolerated) {
    const reason = `${metric} reached ${Math.max(...broken)}, not below ${below}, in ${broken.length} of ${values.length} readings`;
    return { verdict: 'fail', reason } as const;
  }
  if (values.length < minSamples) {
    const reason = `${metric} is known in ${values.length} of ${samples.length} readings, ${minSamples} are needed`;
    return { verdict: 'inconclusive', reason } as const;
  }
  return { verdict: 'pass', reason: '' } as const;
};
