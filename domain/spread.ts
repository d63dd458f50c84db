import { benchmarkBelow } from './runbook-numbers.ts';

/** Requests that were sent through the balancer, and how many of them each replica says it answered. */
export interface Spread {
  requests: number;
  /** By replica name; `null` for a replica whose counter could not be read. */
  answered: Readonly<Record<string, number | null>>;
  failed: number;
}

/** Upper 0.1 % of the normal distribution: one alarm in a thousand where nothing is wrong. */
const z = 3.0902;

/**
 * Requests that failed are no balance, however even the rest is: the benchmark for errors is the limit. Else whether chance explains the
 * spread: Pearson's chi-square test against equal shares, at p < 0.001. A replica that got nothing fails by itself; that each got
 * something proves the upstream. `least_conn` with idle replicas goes round in turn, so an
 * honest spread lies far below the limit.
 */
export const judgeSpread = (spread: Spread): { verdict: 'pass' | 'fail' | 'unknown'; sentence: string } => {
  const { failed, requests } = spread;
  if (failed > 0 && failed >= benchmarkBelow.errorRate * requests)
    return { verdict: 'fail', sentence: `${failed} of ${requests} requests failed` };
  const names = Object.keys(spread.answered);
  const counts = names.flatMap((name) => spread.answered[name] ?? []);
  if (names.length === 0) return { verdict: 'unknown', sentence: 'no replica runs behind the balancer' };
  if (counts.length < names.length)
    return { verdict: 'unknown', sentence: 'a replica does not tell its count' };
  const without = names.filter((name) => spread.answered[name] === 0);
  if (without.length > 0)
    return { verdict: 'fail', sentence: `none of ${spread.requests} reached ${without.join(', ')}` };
  const total = counts.reduce((sum, count) => sum + count, 0);
  const share = total / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - share) ** 2 / share, 0);
  const limit = criticalValue(counts.length - 1);
  const sentence = `chi-square ${statistic.toFixed(1)}, limit ${limit.toFixed(1)} (p < 0.001, ${counts.length} replicas)`;
  return { verdict: statistic <= limit ? 'pass' : 'fail', sentence };
};

/** Wilson and Hilferty's approximation of the quantile; good to a few percent. */
export const criticalValue = (degrees: number): number => {
  if (degrees <= 0) return 0;
  const part = 2 / (9 * degrees);
  return degrees * (1 - part + z * Math.sqrt(part)) ** 3;
};
