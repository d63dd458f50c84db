import type { TroubleLines } from './checklist.ts';
import { formatCount, formatMs } from './format.ts';
import { frontDoorOf } from './service-readings.ts';
import { judgeSpread } from './spread.ts';
import { benchmarkRows } from './validation-benchmarks.ts';
import { groupRows } from './validation-groups.ts';
import { isSeen, unknownRow, type ValidationInput, type ValidationRow } from './validation-row.ts';
import { infrastructureRows, serviceRows } from './validation-services.ts';

export type { Deliveries, NotSeen, ValidationInput, ValidationRow } from './validation-row.ts';

/** Runbook, Post-Scaling Validation: the six checks, then the table of benchmarks. */
export const validationRows = (input: ValidationInput): ValidationRow[] => [
  ...serviceRows(input),
  ...infrastructureRows(input),
  ...errorLines(input),
  spreadRow(input),
  ...groupRows(input),
  endToEnd(input),
  watched(input),
  ...benchmarkRows(input),
];

/** Passes when nothing failed and something was seen to hold, whatever else is unknown; how many of each, as a sentence. */
export const verdictOf = (rows: readonly ValidationRow[]): { passed: boolean; sentence: string } => {
  const count = (verdict: ValidationRow['verdict']): number =>
    rows.filter((row) => row.verdict === verdict).length;
  const [pass, fail, unknown] = [count('pass'), count('fail'), count('unknown')];
  return {
    passed: fail === 0 && pass > 0,
    sentence: `${pass} passed, ${fail} failed, ${unknown} unknown`,
  };
};

const errorLines = ({ errors, errorsOfMs }: ValidationInput): ValidationRow[] => {
  const row = { check: '2. errors in the log', expected: `none in ${formatMs(errorsOfMs)}` };
  if (!isSeen(errors)) return [unknownRow({ ...row, subject: 'platform' }, 'not read', errors.notSeen)];
  return errors.map((seen): ValidationRow => {
    const { service, count, excerpts } = seen;
    const missing = missingOf(seen);
    const lines = formatCount(count, 'line');
    const one = { ...row, subject: service, measured: missing.length === 0 ? lines : `at least ${lines}` };
    if (count > 0) return { ...one, verdict: 'fail', reason: [...excerpts, ...missing].join(' | ') };
    if (missing.length > 0) return { ...one, verdict: 'unknown', reason: missing.join('; ') };
    return { ...one, verdict: 'pass' };
  });
};

/** What of the logs was not read, as sentences. */
const missingOf = ({ unread = [], cutAt, cut = [] }: TroubleLines): string[] => [
  ...unread,
  ...(cut.length === 0
    ? []
    : [`only the last ${cutAt} lines of ${cut.join(', ')} were read, and they do not go back that far`]),
];

const spreadRow = ({ catalog, spread }: ValidationInput): ValidationRow => {
  const row = {
    check: '3. load is balanced',
    subject: frontDoorOf(catalog) ?? 'platform',
    expected: 'every replica gets its share, and every request is answered',
  };
  if (spread === undefined) return unknownRow(row, 'not tried', 'the catalog names no load balancer');
  if (!isSeen(spread)) return unknownRow(row, 'not tried', spread.notSeen);
  const { verdict, sentence } = judgeSpread(spread);
  const shares = Object.entries(spread.answered).map(([name, count]) => `${name} ${count ?? '?'}`);
  const failed = spread.failed === 0 ? [] : [`${spread.failed} of ${spread.requests} failed`];
  return { ...row, measured: [...shares, ...failed].join(', '), verdict, reason: sentence };
};

const endToEnd = ({ deliveries }: ValidationInput): ValidationRow => {
  const row = { check: '5. a message from end to end', subject: 'platform', expected: 'delivered' };
  if (deliveries === undefined) return unknownRow(row, 'not tried', 'the catalog has no endToEnd');
  if (!isSeen(deliveries)) return unknownRow(row, 'not tried', deliveries.notSeen);
  const { sent, deliveredMs, problem } = deliveries;
  const times = deliveredMs.map(formatMs).join(', ');
  const measured = `${deliveredMs.length} of ${sent} delivered${times === '' ? '' : ` after ${times}`}`;
  if (sent > 0 && deliveredMs.length === sent) return { ...row, measured, verdict: 'pass' };
  return { ...row, measured, verdict: 'fail', reason: problem ?? 'not delivered in time' };
};

const watched = ({ soak }: ValidationInput): ValidationRow => {
  const row = { check: '6. metrics watched', subject: 'platform', expected: 'no regression' };
  if (soak === undefined) return unknownRow(row, 'not watched', 'watchMs is 0');
  if (!isSeen(soak)) return unknownRow(row, 'not watched', soak.notSeen);
  const measured = `${formatMs(soak.watchedMs)}, ${soak.samples} looks`;
  if (soak.verdict === 'pass') return { ...row, measured, verdict: 'pass' };
  return {
    ...row,
    measured,
    verdict: soak.verdict === 'fail' ? 'fail' : 'unknown',
    reason: soak.reasons.join('; '),
  };
};
