import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from './imports.ts';
import { runbookHeadings } from './runbook-headings.ts';

describe('docs/runbook-map.md', () => {
  let rows: string[][];
  let text: string;
  beforeAll(async () => {
    text = await readFile(join(root, 'docs', 'runbook-map.md'), 'utf8');
    rows = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  });

  test('has a row for every heading of the runbook, each with a file or the words "not built yet"', () => {
    const answered = new Map(rows.map(([, heading = '', doneBy = '']) => [heading, doneBy]));
    const unanswered = runbookHeadings.filter(
      (heading) => !/`|not built yet/.test(answered.get(heading) ?? ''),
    );
    expect(unanswered).toEqual([]);
  });

  test('names only files that are there', () => {
    const named = [...text.matchAll(/`([\w./-]+\.(?:ts|md|ya?ml|json))`/g)].map(([, path = '']) => path);
    const files = named.filter((path) => path.includes('/') || path === 'README.md');
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
