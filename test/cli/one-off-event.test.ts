import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { procedures } from '../../client/procedures.ts';
import { startProcedure } from '../../client/start-procedure.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { plannedScalingWorkflowId } from '../../workflows/contracts/planned-scaling.ts';
import { waitFor } from '../support/index.ts';
import { sharedEnvironment } from '../workflows/env.ts';
import { calm } from '../workflows/world.ts';
import { lastJson, openCli, said, type Cli } from './crescendo.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
  calm(cli.stage.world);
});
afterAll(async () => {
  await cli.close();
  await (await sharedEnvironment()).teardown();
});

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const leadMs = 2 * HOUR + HOUR / 4;
const id = (name: string): string => plannedScalingWorkflowId(cli.stage.environment, name);
const handle = (name: string) =>
  cli.stage.env.client.workflow.getHandle<() => Promise<ProcedureResult>>(id(name));
const flags = (name: string, startMs: number, count = 3): string[] => [
  'run',
  'plannedScaling',
  `--event=${name}`,
  `--start=${new Date(startMs).toISOString()}`,
  '--length=3h',
  `--set=api-gateway=${count}`,
  '--field=composeFile.edit=false',
];
const touched = (): string[] =>
  cli.stage.world.calls.filter(
    (call) => !/^(loadCatalog|observe|findObstacles|readPartitions|readReplicas)/.test(call),
  );

describe('an event that is far away', () => {
  it('is planned at once, and begins a quarter of an hour before its first step: until then no worker sees it', async () => {
    const startMs = Date.now() + 72 * HOUR;
    const started = await cli.crescendo(...flags('far', startMs), '--detach', '--output', 'json');
    expect(started.exitCode).toBe(0);
    expect(started.stderr).toContain('Event: far');
    expect(started.stderr).toMatch(new RegExp(`${id('far')} waits for its start at .* \\(in 69 h 45 min\\)`));
    const { beginsAt } = lastJson(started) as { beginsAt: string };
    expect(Math.abs(Date.parse(beginsAt) - (startMs - leadMs))).toBeLessThan(1_000);
    const { historyLength, executionTime } = await handle('far').describe();
    expect(historyLength).toBe(1);
    expect(Math.abs((executionTime?.getTime() ?? 0) - (startMs - leadMs))).toBeLessThan(10 * SECOND);
    expect(touched()).toEqual([]);
  });

  it('says in status, watch, history and explain that it waits for its start', async () => {
    const status = await cli.crescendo('status', id('far'));
    expect(status.stdout).toMatch(/^plannedScaling on \S+ {2}waiting/);
    expect(status.stdout).toMatch(/waits for its start at \d{4}-\d\d-\d\dT.*holds nothing/);
    expect(lastJson(await cli.crescendo('status', '--output', 'json'))).toMatchObject({
      workflowId: id('far'),
      beginsAt: expect.stringMatching(/Z$/),
    });
    const watching = cli.begin('watch', id('far'));
    let screen = '';
    watching.stdout?.on('data', (chunk: Buffer) => (screen += chunk.toString()));
    await waitFor(() => /waits for its start at/.test(screen), { timeoutMs: 20_000, what: 'the sentence' });
    watching.kill('SIGINT');
    expect(await said(watching)).toMatchObject({ exitCode: 130 });
    const history = await cli.crescendo('history');
    expect(history.stdout).toMatch(/plannedScaling +waiting/);
    const explained = await cli.crescendo('explain', id('far'));
    expect(explained).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('waits for its start') });
  });

  it('is joined by a second run, and takes no word that would wake it', async () => {
    const again = await cli.crescendo(...flags('far', Date.now() + 80 * HOUR), '--detach');
    expect(again.stderr).toContain('is there already: joined it');
    expect(again.stderr).not.toContain('Event: far');
    for (const words of [['pause'], ['change', '--set', 'api-gateway=4']]) {
      const refused = await cli.crescendo(...words);
      expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('has not begun') });
    }
    expect((await handle('far').describe()).historyLength).toBe(1);
  });

  it('is not what a word without an id means while something else is at work', async () => {
    const flagsOfNear = flags('near', Date.now() + leadMs - 60 * SECOND);
    await cli.crescendo(...flagsOfNear, '--detach');
    await waitFor(async () => /waiting/.test((await cli.crescendo('status', id('near'))).stdout), {
      timeoutMs: 20_000,
      what: 'the other event to wait for its first step',
    });
    const paused = await cli.crescendo('pause');
    expect(paused.stdout).toContain(`${id('near')}: paused`);
    await cli.crescendo('abort', id('near'), '--mode', 'hold', '--reason', 'enough');
    expect(await handle('near').result()).toMatchObject({ outcome: 'held' });
  });

  it('is called off by abort before it has begun: it ends at once, with the reason, and has changed nothing', async () => {
    const said = await cli.crescendo('abort', id('far'), '--mode', 'hold', '--reason', 'no spot');
    expect(said.stdout).toBe(`${id('far')}: it had not begun: it is called off, and nothing was changed`);
    expect(await handle('far').result()).toMatchObject({
      outcome: 'rolled_back',
      reason: 'no spot (tester)',
      steps: [],
      leftOver: [],
    });
    const { endedAtMs, startedAtMs } = await handle('far').result();
    expect(endedAtMs - startedAtMs).toBeLessThan(10 * SECOND);
  });

  it('is called off by rollback as well', async () => {
    await cli.crescendo(...flags('off', Date.now() + 72 * HOUR), '--detach');
    const back = await cli.crescendo('rollback', id('off'), '--reason', 'moved', '--output', 'json');
    expect(lastJson(back)).toMatchObject({ outcome: 'rolled_back', reason: 'moved (tester)' });
    expect(back.stderr).toContain('had not begun');
  });

  it('that cannot work is refused today, and not started', async () => {
    const refused = await cli.crescendo(...flags('big', Date.now() + 72 * HOUR, 11), '--detach');
    expect(refused.exitCode).toBe(8);
    expect(refused.stderr).toContain('api-gateway cannot have 11 replicas');
    await expect(handle('big').describe()).rejects.toThrow('not found');
  });
});

it('a delay that is over lets it observe, check and wait for its first step', async () => {
  const name = 'soon';
  // Far enough to be started with a delay; what is left of it would be waited for in a test.
  const startMs = Date.now() + leadMs + 3 * SECOND;
  const { input, beginsAtMs } = procedures.plannedScaling;
  const request = input.parse({
    environment: cli.stage.environment,
    event: { name, start: new Date(startMs).toISOString() },
    targets: { 'api-gateway': 3 },
    composeFile: { edit: false },
  });
  const begins = beginsAtMs?.(request, Date.now()) ?? 0;
  await startProcedure(cli.stage.env.client, 'plannedScaling', request, { beginsAtMs: begins });
  expect((await cli.crescendo('status', id(name))).stdout).toMatch(/waits for its start|next: /);
  await waitFor(async () => /next: .*50 %/.test((await cli.crescendo('status', id(name))).stdout), {
    timeoutMs: 30_000,
    what: 'its first step to come next',
  });
  expect(cli.stage.world.calls).toContain('readStorage');
  await cli.crescendo('abort', id(name), '--mode', 'hold', '--reason', 'enough');
  const { startedAtMs } = await handle(name).result();
  expect(startedAtMs).toBeGreaterThanOrEqual(begins);
});
