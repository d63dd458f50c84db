import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failure } from './world.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';

describe('validateScaling', () => {
  let stage: Stage;
  beforeAll(() => sharedEnvironment());
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.close());
  afterAll(async () => (await sharedEnvironment()).teardown());

  const run = async (input: object = {}) =>
    (await stage.run('validateScaling', { watchMs: 0, ...input })).result();

  test('gives a table of six checks and the benchmarks, and changes nothing', async () => {
    stage.world.checklist.lines = [{ service: 'api-gateway', count: 0, excerpts: [] }];
    const result = await run();
    const checks = [...new Set((result.validation ?? []).map(({ check }) => check))];
    expect(checks.filter((check) => /^\d/.test(check))).toEqual([
      '1. running and healthy',
      '2. errors in the log',
      '3. load is balanced',
      '4. consumer group rebalanced',
      '5. a message from end to end',
      '6. metrics watched',
    ]);
    expect(stage.world.calls.filter((call) => /^(scale|reload|requestLease)/.test(call))).toEqual([]);
  });

  test('fails for what the runbook expects and is not there: a spike is no scaled platform', async () => {
    const result = await run();
    expect(result).toMatchObject({ outcome: 'failed', code: 'ValidationFailed' });
    const failed = (result.validation ?? []).filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ check }) => check)).toContain('gateway P95');
  });

  test('a look that cannot be made fails the procedure with its reason, and nothing is left to undo', async () => {
    stage.world.before = (call) => {
      if (call.startsWith('spreadRequests')) throw failure('UnknownService', 'no such balancer');
    };
    expect(await run()).toMatchObject({ outcome: 'failed', code: 'UnknownService', leftOver: [] });
  });

  test('is a child of a procedure that asks for it, with its table in the result of the parent', async () => {
    const result = await (await stage.start({ validate: true })).result();
    expect(result.outcome).toBe('completed');
    expect(result.validation?.map(({ check }) => check)).toContain('gateway P95');
  });

  test('a wrong input is refused with the path of every field', async () => {
    await expect(run({ requests: 1, messages: 0, nonsense: true })).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringMatching(/requests.*messages/s) as string },
    });
  });
});
