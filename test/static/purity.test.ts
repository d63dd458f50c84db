import { describe, expect, test } from 'vitest';
import { sourcesOf } from './imports.ts';
import { impurities } from './purity.ts';

describe('domain is pure and workflows are deterministic', () => {
  test.each(['domain', 'workflows'] as const)('%s/ reaches neither chance nor the world', async (folder) => {
    const sources = await sourcesOf(folder);
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap(({ path, text }) => impurities(folder, path, text))).toEqual([]);
  });

  test.each([
    ['domain', 'const at = Date.now();'],
    ['domain', 'const at = new Date();'],
    ['domain', 'const id = Math.random();'],
    ['domain', `import { readFile } from 'node:fs/promises';`],
    ['domain', `import { sleep } from '@temporalio/workflow';`],
    ['domain', `const home = process.env['HOME'];`],
    ['workflows', `import { createHash } from 'crypto';`],
    ['workflows', 'setInterval(beat, 1_000);'],
    ['workflows', `await fetch('http://gateway/health');`],
    ['workflows', 'const startedAt = performance.now();'],
  ] as const)('in %s/ this is found: %s', (folder, text) => {
    expect(impurities(folder, `${folder}/bad.ts`, text)).toHaveLength(1);
  });

  test('a comment about it is not', () => {
    expect(
      impurities('domain', 'domain/good.ts', '/** Not Date.now(): time is given. */\n// Math.random()'),
    ).toEqual([]);
  });
});
