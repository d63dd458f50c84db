import { formatMs } from '../../domain/format.ts';
import type { StepReport } from '../../domain/procedure.ts';

import { isoOf, type Reported, type Section } from './reported.ts';
import { planned, said, watched } from './told-sections.ts';

/** What was seen, planned, done, when, by whom, before and after: in the order in which a person asks. */
export const sectionsOf = (result: Reported): Section[] =>
  [
    who(result),
    planned(result),
    said(result),
    replicas(result),
    steps(result),
    watched(result),
    effect(result),
    validation(result),
    listed(
      'Refused',
      result.refusals.map(({ path, message, remedy }) => `${path}: ${message}. To do: ${remedy}`),
    ),
    listed(
      'Notes',
      result.notes.map(({ message }) => message),
    ),
    listed('Left over', result.leftOver),
    seen(result),
  ].filter((section): section is Section => section !== undefined);

const who = (result: Reported): Section => ({
  title: 'Summary',
  sentences: [
    ...(result.finding === undefined ? [] : [`Found: ${result.finding}.`]),
    `${result.outcome.replaceAll('_', ' ')}: ${result.reason}.`,
  ],
  table: {
    head: ['', ''],
    rows: [
      ['procedure', result.procedure],
      ['environment', result.environment],
      ['asked for by', [result.requestedBy, result.trigger].filter((part) => part !== '').join(', ')],
      ['approved by', result.approvedBy ?? 'nobody was asked'],
      ['plan', result.planHash ?? 'none was made'],
      ['began', isoOf(result.startedAtMs)],
      [result.outcome === 'running' ? 'read' : 'ended', isoOf(result.endedAtMs)],
      ['took', formatMs(result.endedAtMs - result.startedAtMs)],
      ['workflow id', result.workflowId],
    ],
  },
});

const replicas = ({ replicasBefore, replicasAfter }: Reported): Section | undefined => {
  const services = [...new Set([...Object.keys(replicasBefore), ...Object.keys(replicasAfter)])];
  if (services.length === 0) return undefined;
  const rows = services.map((name) => [
    name,
    String(replicasBefore[name] ?? '?'),
    String(replicasAfter[name] ?? '?'),
  ]);
  return { title: 'Replicas', sentences: [], table: { head: ['service', 'before', 'after'], rows } };
};

const steps = ({ steps: all }: Reported): Section | undefined =>
  all.length === 0
    ? undefined
    : {
        title: 'Steps',
        sentences: [],
        table: {
          head: ['', 'step', 'status', 'began', 'took', 'what was seen'],
          rows: all.map((step, index) => [
            String(index + 1),
            step.title,
            step.status.replaceAll('_', ' '),
            step.startedAtMs === undefined ? '' : isoOf(step.startedAtMs),
            tookOf(step),
            [...step.facts, ...(step.error === undefined ? [] : [step.error.message])].join('\n'),
          ]),
        },
      };

const effect = ({ effectiveness }: Reported): Section | undefined => {
  if (effectiveness === undefined) return undefined;
  const value = (amount: number | null, unit: string): string =>
    amount === null ? 'unknown' : `${Number(amount.toPrecision(4))} ${unit}`;
  return {
    title: 'Before and after',
    sentences: [effectiveness.reached ? 'It helped.' : 'What was expected was not reached.'],
    table: {
      head: ['metric', 'before', 'after', 'expected below'],
      rows: effectiveness.rows.map(({ metric, unit, before, after, expectedBelow }) => [
        metric,
        value(before, unit),
        value(after, unit),
        `${expectedBelow} ${unit}`,
      ]),
    },
  };
};

const validation = ({ validation: rows }: Reported): Section | undefined =>
  rows === undefined
    ? undefined
    : {
        title: 'Validation',
        sentences: [],
        table: {
          head: ['verdict', 'check', 'of', 'expected', 'measured', 'why'],
          rows: rows.map(({ verdict, check, subject, expected, measured, reason = '' }) => [
            verdict,
            check,
            subject,
            expected,
            measured,
            reason,
          ]),
        },
      };

/** Readings of each service in the first and the last observation. */
const seen = ({ before, after }: Reported): Section | undefined => {
  if (before === undefined) return undefined;
  const rows = Object.values(before.services).map(({ service, replicas: was, p95Ms, errorRate }) => {
    const later = after?.services[service];
    const show = (reading: typeof p95Ms | undefined, unit: string): string =>
      reading?.known === true ? `${Number(reading.value.toPrecision(3))}${unit}` : 'unknown';
    return [
      service,
      `${was.length} -> ${later?.replicas.length ?? '?'}`,
      `${show(p95Ms, ' ms')} -> ${show(later?.p95Ms, ' ms')}`,
      `${show(errorRate, '')} -> ${show(later?.errorRate, '')}`,
    ];
  });
  return {
    title: 'What was observed',
    sentences: [
      `First at ${isoOf(before.atMs)}${after === undefined ? '' : `, last at ${isoOf(after.atMs)}`}.`,
    ],
    table: { head: ['service', 'replicas', 'P95', 'error rate'], rows },
  };
};

const listed = (title: string, sentences: string[]): Section | undefined =>
  sentences.length === 0 ? undefined : { title, sentences };

const tookOf = ({ startedAtMs, endedAtMs }: StepReport): string =>
  startedAtMs === undefined || endedAtMs === undefined ? '' : formatMs(endedAtMs - startedAtMs);
