import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Progress } from '../../domain/procedure.ts';
import { progressQuery } from '../../workflows/contracts.ts';
import { plannedScalingWorkflowId } from '../../workflows/contracts/planned-scaling.ts';
import { waitFor } from '../support/index.ts';
import { sharedEnvironment } from '../workflows/env.ts';
import { lastJson, openCli, type Cli } from './crescendo.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
});
afterAll(async () => {
  await cli.close();
  await (await sharedEnvironment()).teardown();
});

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const id = (): string => plannedScalingWorkflowId(cli.stage.environment, 'TV spot');
const progress = (): Promise<Progress> => cli.stage.env.client.workflow.getHandle(id()).query(progressQuery);

it('an event is planned at the terminal, waits for its time, is put off and told its new time', async () => {
  const event = ['--event', 'TV spot', '--start', inHours(2.2), '--length', '3h', '--soak', '15m'];
  const flags = [...event, '--set', 'api-gateway=3', '--field', 'composeFile.edit=false'];
  const started = await cli.crescendo('run', 'plannedScaling', ...flags, '--detach', '--output', 'json');
  expect(lastJson(started)).toMatchObject({ workflowId: id(), joined: false });
  await waitFor(async () => (await progress()).phase === 'waiting', {
    timeoutMs: 30_000,
    what: 'the procedure to wait for its first step',
  });
  const before = await cli.crescendo('status');
  expect(before.stdout).toMatch(/^plannedScaling on \S+ {2}waiting/);
  expect(before.stdout).toMatch(/ {2}next: .*api-gateway.* in 1\d min, at \d{4}-/);

  const changed = await cli.crescendo('change', '--start', inHours(12), '--reason', 'in the night');
  expect(changed).toMatchObject({ exitCode: 0 });
  expect(changed.stdout).toMatch(new RegExp(`^${id()}: changed by tester: `));
  const after = await cli.crescendo('status');
  expect(after.stdout).toMatch(/in (9 h 5\d min|10 h), at/);
});

it('a change that the procedure refuses is bad input, each error with its path', async () => {
  const past = await cli.crescendo('change', '--start', inHours(-10), '--output', 'json');
  expect(past.exitCode).toBe(2);
  const { error } = lastJson(past) as { error: { errors: { path: string }[] } };
  expect(error.errors.map(({ path }) => path)).toContainEqual(expect.stringMatching(/start|event|input/));
  const wrong = await cli.crescendo('change', '--set', 'nobody=2', '--peak', 'api-gateway=fast');
  expect(wrong.stderr.split('\n')).toEqual([
    'error: peaks.api-gateway: give it as api-gateway=5000/min, not "api-gateway=fast"',
  ]);
  const none = await cli.crescendo('change', '--reason', 'why not');
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nothing to change') });
  await cli.crescendo('abort', '--mode', 'hold', '--reason', 'no spot');
  expect((await cli.crescendo('watch', id())).exitCode).toBe(5);
});
