import { formatMs, formatPercent } from '../../domain/format.ts';
import { checkText, operationText } from '../../domain/render.ts';
import { isoOf, type Reported, type Section } from './reported.ts';

/** What was to be done and why, as it was agreed on or as it was changed since. */
export const planned = ({ plan, planHash }: Reported): Section | undefined => {
  if (plan === undefined)
    return planHash === undefined
      ? undefined
      : {
          title: 'Plan',
          sentences: [`Only its hash is known (${planHash}): no worker answered that could tell the plan.`],
        };
  if (plan.steps.length === 0) return { title: 'Plan', sentences: ['There was nothing to do.'] };
  const isTimed = plan.steps.some(({ atMs }) => atMs !== undefined);
  return {
    title: 'Plan',
    sentences: [],
    table: {
      head: ['step', ...(isTimed ? ['due'] : []), 'why', 'what is done', 'what must hold then'],
      rows: plan.steps.map(({ title, atMs, causes, operations, checks }) => [
        title,
        ...(isTimed ? [atMs === undefined ? '' : isoOf(atMs)] : []),
        causes.map(({ sentence }) => sentence).join('\n'),
        operations.map(operationText).join('\n'),
        checks.map(checkText).join('\n'),
      ]),
    },
  };
};

/** Who approved, changed, paused, resumed, stopped it, and when. */
export const said = ({ words }: Reported): Section | undefined =>
  words.length === 0
    ? undefined
    : {
        title: 'Who said what',
        sentences: [],
        table: {
          head: ['when', 'word', 'by', 'with'],
          rows: words.map(({ atMs, word, by, what }) => [
            isoOf(atMs),
            word,
            by || 'nobody gave a name',
            what,
          ]),
        },
      };

/** What each soak has judged, reading by reading. */
export const watched = ({ steps }: Reported): Section | undefined => {
  const rows = steps.flatMap(({ title, soak }) => {
    if (soak === undefined) return [];
    const { verdict, watchedMs, samples, worst, mean = {}, below = {} } = soak;
    return Object.entries(worst).map(([metric, highest]) => [
      `${title}: ${verdict}`,
      `${formatMs(watchedMs)}, ${samples} looks`,
      metric,
      valueText(metric, mean[metric]),
      valueText(metric, highest),
      valueText(metric, below[metric]),
    ]);
  });
  if (rows.length === 0) return undefined;
  return {
    title: 'What was watched',
    sentences: [],
    table: { head: ['soak', 'how long', 'reading', 'mean', 'highest', 'must stay below'], rows },
  };
};

const valueText = (metric: string, value: number | undefined): string => {
  if (value === undefined) return '?';
  if (metric.startsWith('p95Ms')) return formatMs(value);
  if (/^(errorRate|cpuOfLimit|memoryOfLimit|poolUtilization)/.test(metric)) return formatPercent(value);
  return String(Number(value.toPrecision(4)));
};
