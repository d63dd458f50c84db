import { writeFile } from 'node:fs/promises';
import { escaped, page } from '../client/report/html.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { plot, type Mark, type Span } from '../client/report/plot.ts';
import type { Spike, SpikeFacts } from './spike.ts';

export interface DemoReport {
  spike: Spike;
  result: ProcedureResult;
  facts: SpikeFacts;
  uiUrl: string;
}

/** Writes what happened as one HTML file that needs nothing else: plots over time, the steps, before and after. */
export async function writeDemoReport(
  file: string,
  { spike, result, facts, uiUrl }: DemoReport,
): Promise<void> {
  const samples = spike.load.samples();
  const startMs = samples[0]?.atMs ?? result.startedAtMs;
  const at = (ms: number): number => (ms - startMs) / 1_000;
  // The number of the step in the table below: its title would not fit above a step of a few seconds.
  const spans: Span[] = result.steps.flatMap(({ startedAtMs, endedAtMs }, index) =>
    startedAtMs === undefined || endedAtMs === undefined
      ? []
      : [{ label: `${index + 1}`, from: at(startedAtMs), to: at(endedAtMs) }],
  );
  const marks: Mark[] = [
    { label: 'spike', at: at(spike.spikeStartedAtMs) },
    { label: 'emergencyScaling begins', at: at(result.startedAtMs) },
    { label: 'ends', at: at(result.endedAtMs) },
  ];
  const shared = { spans, marks, untilSeconds: at(samples.at(-1)?.atMs ?? result.endedAtMs) };
  const replicas = spike.timeline.replicas();
  const scaled = Object.keys(result.replicasAfter);
  const plots = [
    plot({
      ...shared,
      title: 'Requests a second',
      series: [
        { name: 'sent', points: samples.map((s) => [at(s.atMs), s.sentPerSecond]) },
        { name: 'answered well', points: samples.map((s) => [at(s.atMs), s.okPerSecond]) },
      ],
    }),
    plot({
      ...shared,
      title: 'P95 in ms, as clients see it (logarithmic)',
      logFrom: 10,
      limits: [
        { label: '2 s', value: 2_000 },
        { label: '500 ms', value: 500 },
      ],
      series: [{ name: 'P95', points: samples.map((s) => [at(s.atMs), s.p95Ms]) }],
    }),
    plot({
      ...shared,
      title: 'Lag of message-service-group in messages',
      limits: [
        { label: '1000', value: 1_000 },
        { label: '100', value: 100 },
      ],
      series: [{ name: 'lag', points: spike.timeline.lag().map((p) => [at(p.atMs), p.lagMessages]) }],
    }),
    plot({
      ...shared,
      title: 'Replicas',
      step: true,
      // A little apart, or services with the same count would hide one another.
      series: scaled.map((name, nth) => ({
        name,
        points: replicas.map((p) => [at(p.atMs), (p.byService[name] ?? 0) + nth * 0.04] as [number, number]),
      })),
    }),
  ];
  await writeFile(file, storyOf(result, facts, uiUrl, plots));
}

function storyOf(result: ProcedureResult, facts: SpikeFacts, uiUrl: string, plots: string[]): string {
  const rows = [
    [
      'P95',
      `${Math.round(facts.p95BeforeMs)} ms`,
      `${Math.round(facts.p95PeakMs)} ms`,
      `${Math.round(facts.p95AfterMs)} ms`,
    ],
    ['Errors', '–', percent(facts.errorRatePeak), percent(facts.errorRateAfter)],
    ['Lag', '–', `${facts.lagPeakMessages}`, `${facts.lagAfterMessages}`],
  ];
  const steps = result.steps.map(
    ({ title, status, startedAtMs = 0, endedAtMs = 0, facts: said }, index) =>
      `<tr><td>${index + 1}</td><td>${escaped(title)}</td><td>${escaped(status)}</td><td>${((endedAtMs - startedAtMs) / 1_000).toFixed(1)} s</td>` +
      `<td>${said.map(escaped).join('<br>')}</td></tr>`,
  );
  return page(
    'A spike, and its end',
    `<h1>A spike, and its end</h1>
<p>${escaped(result.finding ?? '')}. <b>${escaped(result.outcome)}</b>: ${escaped(result.reason)}. Asked for by ${escaped(result.requestedBy)}.
<a href="${escaped(uiUrl)}">The run in the Temporal UI</a>.</p>
<table><tr><th></th><th>before the spike</th><th>at the peak</th><th>after, while it goes on</th></tr>
${rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('\n')}</table>
<p class="note">Bands are the procedure's steps, numbered as in the table below. The spike goes on to the end of every plot.</p>
${plots.join('\n')}
<h2>Steps</h2>
<table><tr><th></th><th>Step</th><th>Status</th><th>Time</th><th>What was seen</th></tr>${steps.join('\n')}</table>
`,
  );
}

const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;
