import Table from 'cli-table3';
import pc from 'picocolors';
import { formatMs } from '../../domain/format.ts';
import { exitCodeOf, exitCodes } from '../../domain/outcome.ts';
import type { Effectiveness, ProcedureResult, StepReport } from '../../domain/procedure.ts';
import type { ValidationRow } from '../../domain/validation.ts';

/** Exit code of a result: that of its outcome, or 7 when a lease that somebody holds was the cause. */
export const exitCodeOfResult = ({ outcome, code }: ProcedureResult): number =>
  code === 'LeaseHeld' ? exitCodes.leaseHeld : exitCodeOf[outcome];

/** A result for a person: the outcome, the replicas, the steps with their times, whether it helped, what is left over. */
export function renderResult(result: ProcedureResult, color: boolean): string {
  const colors = pc.createColors(color);
  const paint = exitCodeOfResult(result) === 0 ? colors.green : colors.red;
  const took = formatMs(result.endedAtMs - result.startedAtMs);
  const refusals = result.refusals.flatMap(({ path, message, remedy }) => [
    `  ! ${path}: ${message}`,
    `      to do: ${remedy}`,
  ]);
  return [
    paint(
      `${result.procedure} ${result.outcome.replaceAll('_', ' ')} after ${took}${result.reason === '' ? '' : `: ${result.reason}`}`,
    ),
    ...(result.steps.length === 0 ? [] : [stepTable(result)]),
    ...(result.effectiveness === undefined ? [] : [effectivenessTable(result.effectiveness)]),
    ...(result.validation === undefined ? [] : [validationTable(result.validation)]),
    ...refusals,
    ...result.leftOver.map((what) => colors.red(`  left over: ${what}`)),
  ].join('\n');
}

function stepTable({ steps, replicasBefore, replicasAfter }: ProcedureResult): string {
  const table = plain(['', 'step', 'replicas', 'took', 'last']);
  for (const step of steps) {
    const replicas = `${replicasBefore[step.service] ?? '?'} -> ${replicasAfter[step.service] ?? '?'}`;
    const last = step.error?.message ?? step.facts.at(-1) ?? '';
    table.push([step.status.replaceAll('_', ' '), step.title, replicas, tookOf(step), last]);
  }
  return table.toString();
}

function tookOf({ startedAtMs, endedAtMs }: StepReport): string {
  return startedAtMs === undefined || endedAtMs === undefined ? '' : formatMs(endedAtMs - startedAtMs);
}

function effectivenessTable({ rows }: Effectiveness): string {
  const table = plain(['', 'metric', 'before', 'after', 'expected']);
  const value = (amount: number | null, unit: string): string =>
    amount === null ? 'unknown' : `${Number(amount.toPrecision(4))} ${unit}`;
  for (const { metric, unit, before, after, expectedBelow, ok } of rows) {
    const verdict = ok === null ? '?' : ok ? 'ok' : 'not ok';
    table.push([verdict, metric, value(before, unit), value(after, unit), `below ${expectedBelow} ${unit}`]);
  }
  return table.toString();
}

function validationTable(rows: readonly ValidationRow[]): string {
  const table = plain(['', 'check', 'of', 'expected', 'measured', 'why']);
  for (const { verdict, check, subject, expected, measured, reason = '' } of rows)
    table.push([verdict, check, subject, expected, measured, reason]);
  return table.toString();
}

/** A table without frames: columns with two spaces between. */
export const plain = (head: string[]): InstanceType<typeof Table> =>
  new Table({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
