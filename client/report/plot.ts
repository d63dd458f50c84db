import { LineChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { timeAxis } from './time-axis.ts';

use([
  LineChart,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

export interface Span {
  label: string;
  from: number;
  to: number;
}
export interface Mark {
  label: string;
  at: number;
}

export interface PlotOptions {
  title: string;
  /** Seconds since the start, and the value; `null` leaves a gap. */
  series: { name: string; points: [number, number | null][] }[];
  /** Values drawn as dashed lines across. */
  limits?: { label: string; value: number }[];
  /** Bands behind the lines, labelled at their top. */
  spans: Span[];
  /** Lines from top to bottom. */
  marks: Mark[];
  /** End of the time axis, the same for all plots of a page. */
  untilSeconds: number;
  step?: boolean;
  /** A dot for each value: few of them, far apart, would be no line. */
  symbols?: boolean;
  /** A logarithmic axis that starts here, for values that differ by orders of magnitude. */
  logFrom?: number;
}

const colors = ['#1f6fb2', '#d97706', '#6b46c1', '#2f855a'];
const bands = ['rgba(31,111,178,0.09)', 'rgba(31,111,178,0.17)'];

/** A line plot over time as SVG text, drawn without a browser; the procedure's steps are bands behind the lines. */
export function plot(options: PlotOptions): string {
  const { title, series, step = false, symbols = false, logFrom, untilSeconds } = options;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 1_000, height: 250 });
  const onLog = ([at, value]: [number, number | null]): [number, number | null] =>
    logFrom === undefined || value === null ? [at, value] : [at, Math.max(logFrom, value)];
  chart.setOption({
    animation: false,
    color: colors,
    title: { text: title, left: 0, textStyle: { fontSize: 14, color: '#1c2733' } },
    legend: {
      top: 0,
      right: 10,
      icon: 'roundRect',
      itemWidth: 18,
      itemHeight: 3,
      itemGap: 28,
      show: series.length > 1,
    },
    grid: { left: 56, right: 14, top: 52, bottom: 26 },
    xAxis: {
      type: 'value',
      min: 0,
      max: Math.ceil(untilSeconds / 10) * 10,
      ...timeAxis(untilSeconds),
      splitLine: { show: false },
    },
    yAxis: {
      ...(logFrom === undefined ? { type: 'value', min: 0 } : { type: 'log', min: logFrom }),
      ...(step ? { minInterval: 1 } : {}),
      splitLine: { lineStyle: { color: '#e8edf1' } },
    },
    series: series.map(({ name, points }, index) => ({
      name,
      type: 'line',
      showSymbol: symbols,
      symbolSize: 4,
      lineStyle: { width: 2 },
      ...(step ? { step: 'end' } : {}),
      data: points.map(onLog),
      ...(index === 0 ? { markArea: areasOf(options), markLine: linesOf(options) } : {}),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const areasOf = ({ spans }: PlotOptions) => ({
  silent: true,
  label: { fontSize: 11, fontWeight: 'bold', color: '#1f4e79', position: 'insideTop' },
  data: spans.map(({ label, from, to }, nth) => [
    { name: label, xAxis: from, itemStyle: { color: bands[nth % 2] } },
    { xAxis: to },
  ]),
});

const linesOf = ({ marks, limits = [] }: PlotOptions) => ({
  silent: true,
  symbol: 'none',
  data: [
    ...marks.map(({ label, at }) => ({
      xAxis: at,
      name: label,
      lineStyle: { color: '#9c4221', type: 'solid' },
      label: { formatter: label, position: 'end', color: '#9c4221', fontSize: 11 },
    })),
    ...limits.map(({ label, value }) => ({
      yAxis: value,
      lineStyle: { color: '#c53030', type: 'dashed' },
      label: { formatter: label, position: 'insideStartTop', color: '#c53030', fontSize: 11 },
    })),
  ],
});
