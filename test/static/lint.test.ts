import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from './imports.ts';

describe('type-aware lint', () => {
  let folder: string;
  beforeAll(async () => {
    // Inside of the project, since its rules and its compiler options are looked up from there.
    folder = await mkdtemp(join(root, 'test', 'static', 'lint-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const lint = async (code: string): Promise<string> => {
    const file = join(folder, 'sample.ts');
    await writeFile(file, code);
    const oxlint = join(root, 'node_modules', '.bin', 'oxlint');
    const { stdout } = await execa(oxlint, ['--type-aware', '-f', 'unix', file], {
      cwd: root,
      reject: false,
    });
    return stdout;
  };

  test('a promise that nobody waits for is an error', async () => {
    expect(await lint('export async function save() {}\nexport function end() {\n  save();\n}\n')).toContain(
      'no-floating-promises',
    );
  });

  test('a promise that is waited for is none', async () => {
    expect(
      await lint('export async function save() {}\nexport async function end() {\n  await save();\n}\n'),
    ).not.toContain('no-floating-promises');
  });

  test('the compiler is strict, down to indexes and optional properties', async () => {
    const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
    expect(compilerOptions).toMatchObject({
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
    });
  });
});
