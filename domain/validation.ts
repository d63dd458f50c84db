import type { Catalog } from './catalog.ts';
import { formatCount, formatMs, formatPercent } from './format.ts';
import type { Observation } from './observation.ts';
import type { Reading } from './reading.ts';
import { benchmarkBelow } from './runbook-numbers.ts';
import { frontDoorOf, hottest, livingReplicas } from './service-readings.ts';
import type { SoakReport } from './soak.ts';
import { judgeSpread, type Spread } from './spread.ts';

/** One line of the table: what was expected, what was measured, and what that means. */
export interface ValidationRow {
  check: string;
  /** Service, consumer group or `platform`. */
  subject: string;
  expected: string;
  measured: string;
  /** `unknown` is neither: a reading that could not be had proves nothing. */
  verdict: 'pass' | 'fail' | 'unknown';
  /** Why it fails or is unknown. */
  reason?: string;
}

/** Lines with error, exception or fatal in the log of a service. */
export interface ErrorLines {
  service: string;
  count: number;
  excerpts: string[];
}

/** Messages sent through the front door and followed to their delivery. */
export interface Deliveries {
  sent: number;
  /** Time from the request to the delivery, of those that were delivered. */
  deliveredMs: number[];
  /** Why one was not, or why none could be sent. */
  problem?: string;
}

export interface ValidationInput {
  catalog: Catalog;
  observation: Observation;
  errors: readonly ErrorLines[];
  errorsOfMs: number;
  /** Left out where the catalog has no balancer. */
  spread?: Spread;
  /** Left out where the catalog says nothing of a message from end to end. */
  deliveries?: Deliveries;
  soak?: SoakReport;
}

/** Runbook, "Performance Benchmarks": message delivery P95 below 2 s. */
const deliveryBelowMs = 2_000;

/** Runbook, Post-Scaling Validation: the six checks, then the table of benchmarks. */
export const validationRows = (input: ValidationInput): ValidationRow[] => [
  ...services(input),
  ...errorLines(input),
  spreadRow(input),
  ...groups(input),
  endToEnd(input),
  watched(input),
  ...benchmarks(input),
];

/** `pass` when nothing failed, whatever is unknown; how many of each, as a sentence. */
export const verdictOf = (rows: readonly ValidationRow[]): { passed: boolean; sentence: string } => {
  const count = (verdict: ValidationRow['verdict']): number =>
    rows.filter((row) => row.verdict === verdict).length;
  const [pass, fail, unknown] = [count('pass'), count('fail'), count('unknown')];
  return { passed: fail === 0, sentence: `${pass} passed, ${fail} failed, ${unknown} unknown` };
};

const services = ({ catalog, observation }: ValidationInput): ValidationRow[] =>
  Object.values(catalog.services).map(({ name, replicas: { min } }) => {
    const row = { check: '1. running and healthy', subject: name, expected: `${min} or more, all healthy` };
    const seen = observation.services[name];
    if (seen === undefined)
      return { ...row, measured: 'not seen', verdict: 'unknown', reason: 'nobody could say what runs' };
    const living = livingReplicas(seen.replicas);
    const ill = living.filter(
      ({ state, health }) => state !== 'running' || !['healthy', 'none'].includes(health),
    );
    const measured = `${formatCount(living.length, 'replica')}, ${living.length - ill.length} healthy`;
    const reason = ill.map((replica) => `${replica.name} is ${replica.state}, ${replica.health}`).join('; ');
    if (ill.length > 0) return { ...row, measured, verdict: 'fail', reason };
    if (living.length < min) return { ...row, measured, verdict: 'fail', reason: `fewer than ${min}` };
    return { ...row, measured, verdict: 'pass' };
  });

const errorLines = ({ errors, errorsOfMs }: ValidationInput): ValidationRow[] =>
  errors.map(({ service, count, excerpts }) => ({
    check: '2. errors in the log',
    subject: service,
    expected: `none in ${formatMs(errorsOfMs)}`,
    measured: formatCount(count, 'line'),
    ...(count === 0 ? { verdict: 'pass' } : { verdict: 'fail', reason: excerpts.join(' | ') }),
  }));

const spreadRow = ({ catalog, spread }: ValidationInput): ValidationRow => {
  const row = {
    check: '3. load is balanced',
    subject: frontDoorOf(catalog) ?? 'platform',
    expected: 'every replica gets its share',
  };
  if (spread === undefined)
    return {
      ...row,
      measured: 'not tried',
      verdict: 'unknown',
      reason: 'the catalog names no load balancer',
    };
  const { verdict, sentence } = judgeSpread(spread);
  const measured = Object.entries(spread.answered)
    .map(([name, count]) => `${name} ${count ?? '?'}`)
    .join(', ');
  return { ...row, measured, verdict, reason: sentence };
};

const groups = ({ catalog, observation }: ValidationInput): ValidationRow[] =>
  Object.values(catalog.services).flatMap(({ name, consumer }): ValidationRow[] => {
    if (consumer === undefined) return [];
    const row = {
      check: '4. consumer group rebalanced',
      subject: consumer.group,
      expected: 'stable, a member for each replica, every partition assigned',
    };
    const group = observation.groups[consumer.group];
    if (group === undefined)
      return [{ ...row, measured: 'not seen', verdict: 'unknown' as const, reason: 'Kafka did not say' }];
    const members = livingReplicas(observation.services[name]?.replicas ?? []).length;
    const each = group.members === 0 ? 0 : group.partitions / group.members;
    const measured = `${group.state}, ${formatCount(group.members, 'member')}, ${group.partitions} partitions, ${Math.round(each * 10) / 10} a member`;
    const problems = [
      ...(group.state === 'Stable' ? [] : [`it is ${group.state}`]),
      ...(group.members >= members ? [] : [`${name} has ${members} replicas`]),
      ...(group.assignedMembers >= Math.min(group.members, group.partitions)
        ? []
        : ['members without a partition']),
    ];
    if (problems.length === 0) return [{ ...row, measured, verdict: 'pass' as const }];
    return [{ ...row, measured, verdict: 'fail' as const, reason: problems.join(', ') }];
  });

const endToEnd = ({ deliveries }: ValidationInput): ValidationRow => {
  const row = { check: '5. a message from end to end', subject: 'platform', expected: 'delivered' };
  if (deliveries === undefined)
    return { ...row, measured: 'not tried', verdict: 'unknown', reason: 'the catalog has no endToEnd' };
  const { sent, deliveredMs, problem } = deliveries;
  const times = deliveredMs.map(formatMs).join(', ');
  const measured = `${deliveredMs.length} of ${sent} delivered${times === '' ? '' : ` after ${times}`}`;
  if (sent > 0 && deliveredMs.length === sent) return { ...row, measured, verdict: 'pass' };
  return { ...row, measured, verdict: 'fail', reason: problem ?? 'not delivered in time' };
};

const watched = ({ soak }: ValidationInput): ValidationRow => {
  const row = { check: '6. metrics watched', subject: 'platform', expected: 'no regression' };
  if (soak === undefined)
    return { ...row, measured: 'not watched', verdict: 'unknown', reason: 'watchMs is 0' };
  const measured = `${formatMs(soak.watchedMs)}, ${soak.samples} looks`;
  if (soak.verdict === 'pass') return { ...row, measured, verdict: 'pass' };
  return {
    ...row,
    measured,
    verdict: soak.verdict === 'fail' ? 'fail' : 'unknown',
    reason: soak.reasons.join('; '),
  };
};

const benchmarks = (input: ValidationInput): ValidationRow[] => {
  const { catalog, observation } = input;
  const door = frontDoorOf(catalog);
  const front = door === undefined ? undefined : observation.services[door];
  const lags = Object.values(observation.groups).map((group) =>
    below(
      'lag',
      group.group,
      group.lagMessages,
      benchmarkBelow.lagMessages,
      (value) => `${Math.round(value)} messages`,
    ),
  );
  const each = Object.values(observation.services);
  const pools = each.filter(
    ({ poolUtilization }) => poolUtilization.known || poolUtilization.source === 'actuator',
  );
  return [
    below('gateway P95', door ?? 'platform', front?.p95Ms, benchmarkBelow.p95Ms, formatMs),
    delivery(input),
    below('error rate', door ?? 'platform', front?.errorRate, benchmarkBelow.errorRate, formatPercent),
    ...lags,
    ...pools.map(({ service, poolUtilization }) =>
      below('pool utilization', service, poolUtilization, benchmarkBelow.poolUtilization, formatPercent),
    ),
    ...each.map((service) =>
      below(
        'memory',
        service.service,
        hottest(service, 'memoryOfLimit'),
        benchmarkBelow.memoryOfLimit,
        formatPercent,
      ),
    ),
  ];
};

/** P95 of a handful of messages is their slowest: how many stands beside it. */
const delivery = ({ deliveries }: ValidationInput): ValidationRow => {
  const row = { check: 'delivery P95', subject: 'platform', expected: `below ${formatMs(deliveryBelowMs)}` };
  const times = (deliveries?.deliveredMs ?? []).toSorted((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1];
  if (p95 === undefined)
    return { ...row, measured: 'unknown', verdict: 'unknown', reason: 'no message was delivered' };
  const measured = `${formatMs(p95)} of ${formatCount(times.length, 'message')}`;
  if (p95 < deliveryBelowMs) return { ...row, measured, verdict: 'pass' };
  return { ...row, measured, verdict: 'fail', reason: 'slower than expected' };
};

const below = (
  check: string,
  subject: string,
  reading: Reading | undefined,
  limit: number,
  format: (value: number) => string,
): ValidationRow => {
  const row = { check, subject, expected: `below ${format(limit)}` };
  if (reading?.known !== true)
    return { ...row, measured: 'unknown', verdict: 'unknown', reason: reading?.reason ?? 'not measured' };
  const measured = format(reading.value);
  if (reading.value < limit) return { ...row, measured, verdict: 'pass' };
  return { ...row, measured, verdict: 'fail', reason: 'above what is expected after scaling' };
};
