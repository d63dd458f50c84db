import type { StepStatus } from '../../domain/procedure.ts';
import { timeAxis } from './time-axis.ts';
import type { Reported } from './reported.ts';

const rowHeight = 26;
const longestTitle = 60;

const colorOf: Record<StepStatus, string> = {
  pending: '#cbd5e0',
  running: '#d97706',
  done: '#2f855a',
  unchanged: '#a0aec0',
  failed: '#c53030',
  undone: '#6b46c1',
  undo_failed: '#9b2c2c',
  skipped: '#cbd5e0',
};

/** The steps as bars over time, as SVG text, drawn without a browser. */
export async function timeLine({ steps, startedAtMs, endedAtMs }: Reported): Promise<string> {
  // Loaded where a report is drawn: it takes a moment that no other command should wait for.
  const [{ init, use }, { BarChart }, { GridComponent, TitleComponent }, { SVGRenderer }] = await Promise.all(
    [
      import('echarts/core'),
      import('echarts/charts'),
      import('echarts/components'),
      import('echarts/renderers'),
    ],
  );
  use([BarChart, GridComponent, TitleComponent, SVGRenderer]);
  const drawn = steps
    .filter((step) => step.startedAtMs !== undefined)
    .map(({ title, status, startedAtMs: from = startedAtMs, endedAtMs: to = endedAtMs }) => ({
      title: title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title,
      before: (from - startedAtMs) / 1_000,
      seconds: Math.max(0.05, (to - from) / 1_000),
      color: colorOf[status],
    }));
  const height = 60 + drawn.length * rowHeight;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 1_000, height });
  chart.setOption({
    animation: false,
    title: { text: 'Steps over time', left: 0, textStyle: { fontSize: 14, color: '#1c2733' } },
    grid: { left: 360, right: 20, top: 30, bottom: 26 },
    xAxis: { type: 'value', min: 0, ...timeAxis((endedAtMs - startedAtMs) / 1_000) },
    yAxis: {
      type: 'category',
      inverse: true,
      data: drawn.map(({ title }) => title),
      axisTick: { show: false },
    },
    series: [
      {
        type: 'bar',
        stack: 'time',
        silent: true,
        itemStyle: { color: 'transparent' },
        data: drawn.map(({ before }) => before),
      },
      {
        type: 'bar',
        stack: 'time',
        barWidth: 14,
        data: drawn.map(({ seconds, color }) => ({ value: seconds, itemStyle: { color } })),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
