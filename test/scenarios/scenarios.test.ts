import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLab, type Lab } from '../../demo/lab.ts';
import { abortHold } from './abort-hold.ts';
import { endSpike } from './emergency.ts';
import { killWorker } from './kill-worker.ts';
import { lease } from './lease.ts';
import { rollback } from './rollback.ts';
import type { Scenario } from './scenario.ts';

const progress = (text: string): void => {
  process.stderr.write(`  ${text}\n`);
};
let lab: Lab;
beforeAll(async () => {
  lab = await openLab({ progress });
});
afterAll(() => lab?.close({ keep: false }));

const holds = async (scenario: Scenario, rounds = 1): Promise<void> => {
  const seed = Date.now() % 1_000_000;
  const { violations } = await scenario.run(lab, { progress, rounds, seed });
  expect(violations).toEqual([]);
};

test('a real spike is ended by `crescendo run emergencyScaling`', async () => {
  expect((await endSpike(lab, 'cli', progress)).violations).toEqual([]);
});
test('a real spike is ended by a start from outside with one JSON object', async () => {
  expect((await endSpike(lab, 'temporal', progress)).violations).toEqual([]);
});
test('the rollback signal in the middle puts the snapshot back', () => holds(rollback));
test('abort with hold leaves what is there', () => holds(abortHold));
test('of two procedures one waits, and takes over when the holder is terminated', () => holds(lease));
test('a worker that is killed with SIGKILL changes nothing (three points; the command does ten)', () =>
  holds(killWorker, 3));
