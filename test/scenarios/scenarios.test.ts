import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../demo/lab.ts';
import { abortHold } from './abort-hold.ts';
import type { Spike } from '../../demo/spike.ts';
import { beginSpike, endSpike } from './emergency.ts';
import { killWorker } from './kill-worker.ts';
import { lease } from './lease.ts';
import { rollback } from './rollback.ts';
import { scaleDown } from './scale-down.ts';
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

describe.each([
  ['`crescendo run emergencyScaling`', 'cli'],
  ['a start from outside with one JSON object', 'temporal'],
] as const)('a real spike that hurts', (how, by) => {
  let spike: Spike;
  beforeAll(async () => {
    spike = await beginSpike(lab, progress);
  });
  afterAll(() => spike?.stop());

  test(`is ended by ${how}`, async () => {
    expect((await endSpike(lab, spike, by)).violations).toEqual([]);
  });
});

test('the rollback signal in the middle puts the snapshot back', () => holds(rollback));
test('abort with hold leaves what is there', () => holds(abortHold));
test('a gradual scale-down under load loses no request and no message', () => holds(scaleDown));
test('of two procedures one waits, and takes over when the holder is terminated', () => holds(lease));
test.each([1, 2, 3])(
  'a worker that is killed with SIGKILL changes nothing (round %i; the command does ten)',
  () => holds(killWorker),
);
