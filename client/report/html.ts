import { plotsOf } from './plots.ts';
import type { Reported, Section } from './reported.ts';
import { sectionsOf } from './sections.ts';
import { timeLine } from './time-line.ts';

/** The report as one HTML file that needs nothing else: the steps and what was measured over time as plots, then every section. */
export async function renderHtml(result: Reported): Promise<string> {
  const title = `${result.procedure} on ${result.environment}`;
  const drawn = result.steps.some(({ startedAtMs }) => startedAtMs !== undefined)
    ? await timeLine(result)
    : '';
  return page(
    title,
    [
      `<h1>${escaped(title)}</h1>`,
      drawn,
      ...(await plotsOf(result)),
      ...sectionsOf(result).map(sectionText),
    ].join('\n'),
  );
}

const sectionText = ({ title, sentences, table }: Section): string =>
  [
    `<h2>${escaped(title)}</h2>`,
    ...sentences.map((sentence) => `<p>${escaped(sentence)}</p>`),
    ...(table === undefined
      ? []
      : [
          `<table><tr>${table.head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr>`,
          ...table.rows.map(
            (row) =>
              `<tr>${row.map((cell) => `<td>${escaped(cell).replaceAll('\n', '<br>')}</td>`).join('')}</tr>`,
          ),
          '</table>',
        ]),
  ].join('\n');

/** A page in the one style of all reports. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1000px; padding: 0 1rem; color: #1c2733 }
  table { border-collapse: collapse; margin: 1rem 0; width: 100% } th, td { text-align: left; padding: .35rem .6rem;
  border-bottom: 1px solid #d9e0e6; vertical-align: top } svg { width: 100%; height: auto; margin-top: .6rem } h1 { margin-bottom: 0 } .note { color: #5a6b7a }
</style></head><body>
${body}
</body></html>
`;

export const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
