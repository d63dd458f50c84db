import type { Gate, GateRule, GateVerdict } from './gates.ts';
import type { RuleWindow, SoakWindow } from './soak-window.ts';
import { slopeOf } from './trend.ts';

export interface WindowVerdict extends GateVerdict {
  /** What is worth knowing and fails nothing. */
  notes: string[];
  /** When the first of the readings came that made it fail. */
  firstBadAtMs?: number;
}

type RuleVerdict = { verdict: 'pass' | 'fail' | 'inconclusive'; reason?: string; badAtMs?: number };

/** The verdict at the end of a soak. */
export const judgeWindow = (gate: Gate, window: SoakWindow): WindowVerdict =>
  verdictOf(
    gate,
    (rule, seen) => judgeRow(rule, seen) ?? judgeAtEnd(gate, rule, seen, window.samples),
    window,
  );

/** The verdict so far: only what can be no noise fails. */
export const judgeSoFar = (gate: Gate, window: SoakWindow): WindowVerdict =>
  verdictOf(gate, (rule, seen) => judgeRow(rule, seen) ?? { verdict: 'pass' }, window);

const verdictOf = (
  gate: Gate,
  judge: (rule: GateRule, seen: RuleWindow) => RuleVerdict,
  window: SoakWindow,
): WindowVerdict => {
  const judged = gate.rules.map((rule, index) => ({
    ...judge(rule, window.rules[index] as RuleWindow),
    informs: rule.onBroken === 'inform',
  }));
  const judging = judged.filter(({ informs }) => !informs);
  const verdicts = new Set(judging.map(({ verdict }) => verdict));
  const verdict = verdicts.has('fail') ? 'fail' : verdicts.has('inconclusive') ? 'inconclusive' : 'pass';
  const bad = judging.flatMap(({ badAtMs }) => badAtMs ?? []);
  const said = (list: readonly (RuleVerdict & { informs: boolean })[]) =>
    list.flatMap(({ reason }) => reason ?? []);
  return {
    verdict,
    reasons: said(judging.filter((rule) => rule.verdict !== 'pass')),
    notes: said(
      judged.filter((rule) => rule.verdict === 'pass' || (rule.informs && rule.verdict === 'fail')),
    ),
    ...(bad.length === 0 ? {} : { firstBadAtMs: Math.min(...bad) }),
  };
};

/** More broken readings in a row than noise explains. */
const judgeRow = ({ metric, below, tolerated = 0 }: GateRule, seen: RuleWindow): RuleVerdict | undefined => {
  if (seen.longestRow <= tolerated) return undefined;
  return {
    verdict: 'fail',
    badAtMs: seen.longestRowAtMs,
    reason: `${metric} reached ${round(seen.worst)}, not below ${below}, in ${seen.broken} of ${seen.known} readings`,
  };
};

const judgeAtEnd = (gate: Gate, rule: GateRule, seen: RuleWindow, samples: number): RuleVerdict => {
  const { metric, below, before, toleratedShare = 1 } = rule;
  const needed = Math.max(gate.minSamples ?? 1, Math.ceil((gate.minKnownShare ?? 0) * samples));
  if (seen.known > 0 && seen.broken > toleratedShare * seen.known)
    return {
      verdict: 'fail',
      badAtMs: seen.longestRowAtMs,
      reason: `${metric} was not below ${below} in ${seen.broken} of ${seen.known} readings, up to ${round(seen.worst)}`,
    };
  if (seen.known < needed) {
    const why = seen.missing === undefined ? '' : `: ${seen.missing}`;
    return {
      verdict: 'inconclusive',
      reason: `${metric} is known in ${seen.known} of ${samples} readings, ${needed} are needed${why}`,
    };
  }
  if (before === undefined || seen.last < below || seen.row > 0) return { verdict: 'pass' };
  const still = `${metric} is ${round(seen.last)}, not below ${below}; it was ${round(before)} before the change`;
  if (slopeOf(seen.trend) < 0) return { verdict: 'pass', reason: `${still} and falls` };
  return { verdict: 'inconclusive', reason: `${still} and does not fall` };
};

const round = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
