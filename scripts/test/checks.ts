import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Tally } from './tally.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const checks: Record<string, string[]> = {
  format: ['prettier', '--check', '.'],
  lint: ['oxlint', '--type-aware'],
  typecheck: ['tsc', '--noEmit'],
};

/** Format, lint and types: each counts as one test. What they complain about is printed. */
export async function runChecks(): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: [], skipped: [] };
  for (const [name, [program = '', ...args]] of Object.entries(checks)) {
    const { failed, all } = await execa(join(root, 'node_modules', '.bin', program), args, {
      cwd: root,
      reject: false,
      all: true,
      stdin: 'ignore',
    });
    process.stdout.write(`${failed ? `${all}\n` : ''}${name}: ${failed ? 'failed' : 'passed'}\n`);
    if (failed) tally.failed.push(name);
    else tally.passed += 1;
  }
  return tally;
}
