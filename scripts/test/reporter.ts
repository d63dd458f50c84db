import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { SerializedError } from 'vitest';
import type { Tally } from './tally.ts';

/** Writes what came of a tier's tests, with the reason of each skip, to the file that `CRESCENDO_TALLY` names. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const file = process.env['CRESCENDO_TALLY'];
    if (file === undefined) return;
    const tally: Tally = { passed: 0, failed: [], skipped: [] };
    for (const module of modules) addModule(tally, module);
    for (const { message } of errors) tally.failed.push(`outside of the tests: ${message}`);
    writeFileSync(file, JSON.stringify(tally));
  }
}

function addModule(tally: Tally, module: TestModule): void {
  const file = module.relativeModuleId;
  let failedTests = 0;
  for (const test of module.children.allTests()) {
    const name = `${file} > ${test.fullName}`;
    const result = test.result();
    if (result.state === 'passed') tally.passed += 1;
    else if (result.state === 'skipped')
      tally.skipped.push({ name, reason: result.note ?? 'no reason given' });
    else {
      failedTests += 1;
      tally.failed.push(name);
    }
  }
  // A file that does not load, or whose hooks fail, fails as a whole.
  if (!module.ok() && failedTests === 0) tally.failed.push(`${file}: ${firstError(module)}`);
}

const firstError = (module: TestModule): string =>
  [module, ...module.children.allSuites()].flatMap((suite) => suite.errors())[0]?.message.split('\n')[0] ??
  'the file failed';
