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
  spans: Span[];
  marks: Mark[];
  step?: boolean;
}

/** A line plot over time as SVG text, drawn without a browser; the procedure's steps are bands behind the lines. */
export function plot({ title, series, limits = [], spans, marks, step = false }: PlotOptions): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 1_000, height: 260 });
  const shade = ['rgba(43,108,176,0.10)', 'rgba(43,108,176,0.18)'];
  chart.setOption({
    animation: false,
    title: { text: title, textStyle: { fontSize: 14 } },
    legend: { right: 0, show: series.length > 1 },
    grid: { left: 60, right: 20, top: 60, bottom: 30 },
    xAxis: { type: 'value', axisLabel: { formatter: '{value} s' }, min: 0 },
    yAxis: { type: 'value', min: 0 },
    series: series.map(({ name, points }, index) => ({
      name,
      type: 'line',
      showSymbol: false,
      ...(step ? { step: 'end' } : {}),
      data: points,
      ...(index > 0
        ? {}
        : {
            markArea: {
              silent: true,
              label: { fontSize: 10, color: '#4a5a68', position: 'insideTop' },
              data: spans.map(({ label, from, to }, nth) => [
                { name: label, xAxis: from, itemStyle: { color: shade[nth % 2] } },
                { xAxis: to },
              ]),
            },
            markLine: {
              silent: true,
              symbol: 'none',
              data: [
                ...marks.map(({ label, at }) => ({
                  xAxis: at,
                  name: label,
                  lineStyle: { color: '#c05621', type: 'solid' },
                  label: { formatter: label, position: 'end' },
                })),
                ...limits.map(({ label, value }) => ({
                  yAxis: value,
                  lineStyle: { color: '#c53030', type: 'dashed' },
                  label: { formatter: label, position: 'insideEndTop' },
                })),
              ],
            },
          }),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
