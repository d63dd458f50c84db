import type { Reported, Section } from './reported.ts';
import { sectionsOf } from './sections.ts';

/** The report as Markdown, for an incident's page. */
export const renderMarkdown = (result: Reported): string =>
  `${[`# ${result.procedure} on ${result.environment}`, ...sectionsOf(result).map(sectionText)].join('\n\n')}\n`;

const sectionText = ({ title, sentences, table }: Section): string =>
  [
    `## ${title}`,
    ...(sentences.length > 1 && table === undefined ? sentences.map((one) => `- ${one}`) : sentences),
    ...(table === undefined
      ? []
      : [[line(table.head), line(table.head.map(() => '---')), ...table.rows.map(line)].join('\n')]),
  ].join(sentences.length > 1 && table === undefined ? '\n' : '\n\n');

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', '<br>')).join(' | ')} |`;
