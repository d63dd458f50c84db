import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { SetupError } from '../setup/index.ts';
import type { Tally } from './tally.ts';
import type { Tier } from './tiers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const reporter = fileURLToPath(new URL('./reporter.ts', import.meta.url));

/** Gets what a tier needs and runs its tests. What cannot be had counts as failed; the tests run all the same. */
export async function runTier(tier: Tier, filters: string[]): Promise<Tally> {
  const { name, needs, wants = [], alone = false, workers = 4 } = tier;
  const missing = (await missingOf(needs)).map((what) => `${name}: ${what}`);
  await missingOf(wants);
  const atOnce = alone ? '--no-file-parallelism' : `--maxWorkers=${workers}`;
  const first = await runVitest(name, [atOnce, ...filters]);
  const tally = tier.secondTry === true ? await tryAgain(name, first, alone) : first;
  return { ...tally, failed: [...missing, ...tally.failed] };
}

/** More than that is no accident. */
const triedAgainAtMost = 5;

/** A few tests that failed once more, one file at a time; what passes now is named. What failed outside of a test stays failed. */
async function tryAgain(name: string, first: Tally, onlyThese: boolean): Promise<Tally> {
  const { failed } = first;
  const tests = failed.filter((test) => /^test\/\S+\.test\.ts > /.test(test));
  if (tests.length === 0 || tests.length < failed.length || tests.length > triedAgainAtMost) return first;
  process.stdout.write(`\n=== ${name}: once more, of ${tests.join(', ')}\n`);
  const files = [...new Set(tests.map((test) => test.split(' > ')[0] ?? ''))];
  const named = tests.map((test) => escaped(test.split(' > ').slice(1).join(' ')));
  const pattern = onlyThese ? ['--testNamePattern', `^(${named.join('|')})$`] : [];
  const second = await runVitest(name, ['--no-file-parallelism', ...pattern, ...files]);
  if (second.failed.length > 0 || second.passed < tests.length) return first;
  return { ...first, passed: first.passed + tests.length, failed: [], secondTry: tests };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Gets each, and gives the first line of why one cannot be had. */
async function missingOf(ensures: Tier['needs']): Promise<string[]> {
  const missing: string[] = [];
  for (const ensure of ensures) {
    try {
      await ensure();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      process.stderr.write(`${error.message}\n`);
      missing.push(error.message.split('\n')[0] ?? '');
    }
  }
  return missing;
}

async function runVitest(tier: string, options: string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-tally-'));
  const file = join(folder, 'tally.json');
  try {
    const args = ['run', '--project', tier, '--reporter=default', `--reporter=${reporter}`];
    const { failed } = await execa(join(root, 'node_modules', '.bin', 'vitest'), [...args, ...options], {
      cwd: root,
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      reject: false,
      env: { CRESCENDO_TALLY: file },
    });
    const written = await readFile(file, 'utf8').catch(() => undefined);
    if (written === undefined) return { passed: 0, failed: [`${tier}: no test ran`], skipped: [] };
    const tally = JSON.parse(written) as Tally;
    if (tally.passed + tally.failed.length + tally.skipped.length === 0)
      tally.failed.push(`${tier}: no test ran`);
    if (failed && tally.failed.length === 0) tally.failed.push(`${tier}: vitest failed; see above`);
    return tally;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
