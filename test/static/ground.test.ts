import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLock } from '../../scripts/lock.mjs';
import { cached } from '../../scripts/setup/cache.ts';
import { lines, stanzas } from '../../scripts/setup/debian-mirror.ts';
import { firstThatWorks } from '../../scripts/setup/first-that-works.ts';
import { SetupError } from '../../scripts/setup/index.ts';
import { holds, verdict } from '../../scripts/test/tally.ts';
import { root } from './imports.ts';

let folder: string;
let cacheBefore: string | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-ground-'));
  cacheBefore = process.env['CRESCENDO_CACHE'];
  process.env['CRESCENDO_CACHE'] = folder;
});
afterEach(async () => {
  if (cacheBefore === undefined) delete process.env['CRESCENDO_CACHE'];
  else process.env['CRESCENDO_CACHE'] = cacheBefore;
  await rm(folder, { recursive: true, force: true });
});

describe('what is set up', () => {
  test('is made once, however many ask for it at the same time', async () => {
    let made = 0;
    const make = async (partial: string): Promise<string> => {
      made += 1;
      await writeFile(join(partial, 'thing'), 'whole');
      return join(partial, 'thing');
    };
    const paths = await Promise.all([cached('thing', make), cached('thing', make), cached('thing', make)]);
    expect(made).toBe(1);
    expect(await readFile(paths[2] ?? '', 'utf8')).toBe('whole');
  });

  test('is not there when making it failed, and is tried again', async () => {
    const failing = cached('thing', async (partial) => {
      await writeFile(join(partial, 'thing'), 'half');
      throw new SetupError('the line went dead');
    });
    await expect(failing).rejects.toThrow('the line went dead');
    const path = await cached('thing', async (partial) => {
      await writeFile(join(partial, 'thing'), 'whole');
      return join(partial, 'thing');
    });
    expect(await readFile(path, 'utf8')).toBe('whole');
  });

  test('a lock whose owner is gone is taken over', async () => {
    const gone = await execa(process.execPath, ['-e', 'process.stdout.write(String(process.pid))']);
    await writeFile(join(folder, 'lock'), gone.stdout);
    expect(await withLock(join(folder, 'lock'), async () => 'mine')).toBe('mine');
  });

  test('when no way works, the error says why for each, and what to do', async () => {
    const ways = ['no network', 'Go is missing'].map((reason) => async () => {
      throw new SetupError(reason);
    });
    await expect(firstThatWorks('the thing', 'Install it.', ways)).rejects.toThrow(
      'the thing could not be had. Install it.\n- no network\n- Go is missing',
    );
  });

  test('a bug in one way is not taken for a reason to try the next', async () => {
    const ways = [() => Promise.reject(new TypeError('a bug')), async () => 'the next'];
    await expect(firstThatWorks('the thing', '', ways)).rejects.toThrow('a bug');
  });
});

describe('the sources of apt', () => {
  test('are read in both of their forms', () => {
    const uri = 'http://mirror.example/debian';
    const wanted = [{ uri, suites: ['bookworm'], components: ['main', 'contrib'] }];
    expect(
      lines(`# a comment\ndeb [arch=amd64] ${uri} bookworm main contrib\ndeb-src ${uri} bookworm main`),
    ).toEqual(wanted);
    expect(
      stanzas(
        `Types: deb\n# pinned\nURIs: ${uri}\nSuites: bookworm\nComponents: main contrib\n\nTypes: deb-src\nURIs: x`,
      ),
    ).toEqual(wanted);
  });
});

describe('the verdict of a run', () => {
  const skipped = [{ name: 'one', reason: 'no registry' }];

  test('counts, and names skips only where there are any', () => {
    expect(verdict({ passed: 3, failed: ['one'], skipped: [] })).toBe('3 passed, 1 failed');
    expect(verdict({ passed: 3, failed: [], skipped })).toBe('3 passed, 0 failed, 1 skipped');
  });

  test('a run without a single test that passed does not hold', () => {
    expect(holds({ passed: 0, failed: [], skipped })).toBe(false);
    expect(holds({ passed: 1, failed: [], skipped })).toBe(true);
    expect(holds({ passed: 1, failed: ['one'], skipped: [] })).toBe(false);
  });
});

describe('scripts/run.mjs', () => {
  const run = (...args: string[]) =>
    execa(process.execPath, [join(root, 'scripts', 'run.mjs'), ...args], { reject: false, cwd: folder });

  test('says what there is when it is asked for something else', async () => {
    const { exitCode, stdout, stderr } = await run('toString');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('demo|scenario|bench|crescendo|setup|test');
  });

  test('hands arguments and exit code through, and leaves stdout to the command', async () => {
    const { exitCode, stdout, stderr } = await run('setup', 'no-such-thing');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('unknown: no-such-thing');
  });

  test('a tier that is not there is bad input', async () => {
    const { exitCode, stderr } = await run('test', 'no-such-tier');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('unknown tier "no-such-tier"');
  });
});
