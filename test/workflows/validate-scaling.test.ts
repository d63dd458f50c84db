import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { calm, failure } from './world.ts';
import { MINUTE, plan } from './planned-stage.ts';
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

  test('a look that cannot be made leaves its check unknown with the reason, and the table complete', async () => {
    stage.world.before = (call) => {
      if (call.startsWith('spreadRequests')) throw failure('InvalidCatalog', 'env:TOKEN is not set');
    };
    const result = await run();
    const row = (check: string) => result.validation?.find((one) => one.check.includes(check));
    expect(row('balanced')).toMatchObject({ verdict: 'unknown', reason: 'env:TOKEN is not set' });
    expect(row('gateway P95')).toMatchObject({ verdict: 'fail' });
    const step = result.steps.find(({ id }) => id === 'spread');
    expect(step).toMatchObject({ status: 'failed', error: { type: 'InvalidCatalog' } });
  });

  test('a platform that cannot be reached gives the whole table too, with nothing that passed', async () => {
    stage.world.before = (call) => {
      if (!call.startsWith('loadCatalog')) throw failure('PlatformUnavailable', 'the engine is away');
    };
    const result = await run();
    expect(result).toMatchObject({ outcome: 'failed', code: 'ValidationFailed', leftOver: [] });
    const verdicts = new Set((result.validation ?? []).map(({ verdict }) => verdict));
    expect([...verdicts]).toEqual(['unknown']);
    expect(result.validation?.map(({ check }) => check)).toContain('gateway P95');
  });

  test('the broker that is not there fails check 1, though every service runs', async () => {
    calm(stage.world);
    stage.world.infrastructure = { kafka: [] };
    const rows = (await run()).validation ?? [];
    const failed = rows.filter(({ check, verdict }) => check.startsWith('1.') && verdict === 'fail');
    expect(failed.map(({ subject }) => subject)).toEqual(['kafka']);
  });

  test('says what it has watched, and judges the front door by it', async () => {
    calm(stage.world);
    const rows = (await run({ watchMs: 60_000 })).validation ?? [];
    expect(rows.find(({ check }) => check.startsWith('6.'))).toMatchObject({
      verdict: 'pass',
      measured: '1 min, 10 looks',
    });
  });

  test('is a child of a procedure that asks for it, with its table in the result of the parent', async () => {
    const result = await (await stage.start({ validate: true })).result();
    expect(result.outcome).toBe('completed');
    expect(result.validation?.map(({ check }) => check)).toContain('gateway P95');
    // An incident has no soak: its child says so and does not watch for 15 min under the lease.
    expect(result.validation?.find(({ check }) => check.startsWith('6.'))).toMatchObject({
      verdict: 'unknown',
      reason: 'not watched after emergencyScaling',
    });
  });

  test('as the child of a ramp it has what was watched after the last wave', async () => {
    calm(stage.world);
    const { handle } = await plan(stage, MINUTE, {
      validate: true,
      afterEvent: { scaleDown: false },
      checklist: { onLogErrors: 'report' },
    });
    const result = await handle.result();
    const rows = result.validation ?? [];
    expect(rows.find(({ check }) => check.startsWith('6.'))).toMatchObject({
      verdict: 'pass',
      measured: '15 min, 10 looks',
    });
    expect(rows.find(({ check }) => check === 'gateway P95')?.measured).toBe(
      '0 ms (mean of 15 min, up to 0 ms)',
    );
    expect(stage.world.calls.filter((call) => call.startsWith('watchGate'))).toHaveLength(1);
  });

  test('a wrong input is refused with the path of every field', async () => {
    await expect(run({ requests: 1, messages: 0, nonsense: true })).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringMatching(/requests.*messages/s) as string },
    });
  });
});
