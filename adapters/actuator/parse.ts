import type { Sample } from '../../domain/metrics.ts';

const sampleLine = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})?\s+(?<value>\S+)(?:\s+-?\d+)?$/;
const label = /(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\]|\\.)*)"/g;
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/**
 * The samples of a scrape in the Prometheus text format. Comments and types are left out: names tell counters, gauges and
 * histogram buckets apart well enough for what is read here. A line that is no sample is left out too, as is a value that is no
 * number (`NaN` of an idle summary).
 */
export const parsePrometheusText = (text: string): Sample[] =>
  text.split('\n').flatMap((line) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const groups = sampleLine.exec(trimmed)?.groups;
    if (groups === undefined) return [];
    const value = numberOf(groups['value'] ?? '');
    if (Number.isNaN(value)) return [];
    return [{ name: groups['name'] ?? '', labels: labelsOf(groups['labels'] ?? ''), value }];
  });

const numberOf = (text: string): number => {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
};

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(label)].map(({ groups }) => [
      groups?.['name'] ?? '',
      (groups?.['value'] ?? '').replaceAll(/\\[n"\\]/g, (escape) => escapes[escape] ?? escape),
    ]),
  );
