import { benchmarkBelow, scaleUpAbove } from '../../domain/runbook-numbers.ts';
import type { Points } from './measured.ts';
import type { Mark, PlotOptions, Span } from './plot.ts';
import type { Reported } from './reported.ts';

/** More lines than a person can tell apart. */
const mostLines = 8;

type Line = PlotOptions['series'][number];

/** What the procedure measured over time, one plot a quantity, as SVG text; the steps are bands behind the lines, numbered as in the table. */
export async function plotsOf(reported: Reported): Promise<string[]> {
  const { steps, words, measured, startedAtMs, endedAtMs } = reported;
  const at = (ms: number): number => Math.max(0, (ms - startedAtMs) / 1_000);
  const spans: Span[] = steps.flatMap(({ startedAtMs: from, endedAtMs: to = endedAtMs }, index) =>
    from === undefined ? [] : [{ label: `${index + 1}`, from: at(from), to: at(to) }],
  );
  const marks: Mark[] = words.map(({ word, atMs }) => ({ label: word, at: at(atMs) }));
  const shared = { spans, marks, untilSeconds: at(endedAtMs), symbols: true };
  const wanted: Omit<PlotOptions, keyof typeof shared>[] = [
    {
      title: 'P95 in ms',
      series: linesOf(measured.p95Ms, at),
      limits: [
        { label: `expected below ${benchmarkBelow.p95Ms}`, value: benchmarkBelow.p95Ms },
        { label: `scale up above ${scaleUpAbove.p95Ms}`, value: scaleUpAbove.p95Ms },
      ],
    },
    { title: 'Failed requests in %', series: linesOf(measured.errorRate, at, percent) },
    { title: 'Lag in messages', series: linesOf(measured.lagMessages, at) },
    {
      title: 'CPU of the hottest replica in % of its limit',
      series: linesOf(measured.cpuOfLimit, at, percent),
    },
    { title: 'Replicas', step: true, series: linesOf(toTheEnd(changing(measured.replicas), endedAtMs), at) },
  ];
  // Loaded where something is drawn: it takes a moment that no other command should wait for.
  const { plot } = await import('./plot.ts');
  return wanted
    .filter(({ series }) => series.some(({ points }) => points.length > 1))
    .map((options) => plot({ ...options, ...shared }));
}

const percent = (ratio: number): number => Number((ratio * 100).toPrecision(4));

/** Those with most to tell first. */
const linesOf = (
  byName: Readonly<Record<string, Points>>,
  at: (ms: number) => number,
  shown: (value: number) => number = (value) => value,
): Line[] =>
  Object.entries(byName)
    .toSorted(([, a], [, b]) => b.length - a.length)
    .slice(0, mostLines)
    .map(([name, points]) => ({
      name,
      points: points.map(([atMs, value]) => [at(atMs), value === null ? null : shown(value)]),
    }));

/** What was set last is so until the end. */
const toTheEnd = (byName: Readonly<Record<string, Points>>, endedAtMs: number): Record<string, Points> =>
  Object.fromEntries(
    Object.entries(byName).map(([name, points]) => [
      name,
      [...points, [endedAtMs, points.at(-1)?.[1] ?? null]],
    ]),
  );

/** Services whose count stayed the same all the time are no news. */
const changing = (byName: Readonly<Record<string, Points>>): Record<string, Points> => {
  const changed = Object.entries(byName).filter(
    ([, points]) => new Set(points.map(([, count]) => count)).size > 1,
  );
  return changed.length === 0 ? byName : Object.fromEntries(changed);
};
