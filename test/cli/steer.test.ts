import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { incidentWorkflowId, progressQuery, taskQueueOf } from '../../workflows/contracts.ts';
import { waitFor } from '../support/index.ts';
import { gateAt, sharedEnvironment } from '../workflows/env.ts';
import { lastJson, openCli, said, type Cli } from './crescendo.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
});
afterEach(() => {
  cli.stage.world.before = () => undefined;
});
afterAll(async () => {
  await cli.close();
  await (await sharedEnvironment()).teardown();
});

const id = (): string => incidentWorkflowId(cli.stage.environment);
const handle = () => cli.stage.env.client.workflow.getHandle<() => Promise<ProcedureResult>>(id());

describe('approval', () => {
  it('without a terminal prints how to approve and exits 6; the right hash lets it go on', async () => {
    const asked = await cli.crescendo('run', 'emergencyScaling', '--approval', 'required');
    expect(asked.exitCode).toBe(6);
    const { planHash } = await handle().query(progressQuery);
    expect(asked.stderr).toContain(`crescendo approve ${id()} --hash ${planHash}`);

    const wrong = await cli.crescendo('approve', '--hash', 'abc');
    expect(wrong).toMatchObject({ exitCode: 2 });
    expect(wrong.stderr).toMatch(/^error: planHash: this is not the plan that waits/);
    expect(cli.stage.world.calls.filter((call) => call.startsWith('scaleService'))).toEqual([]);

    const rejected = await cli.crescendo('reject', '--reason', 'not now');
    expect(rejected).toMatchObject({ exitCode: 0, stdout: `${id()}: rejected by tester` });
    const ended = await cli.crescendo('watch', id(), '--output', 'json');
    expect(lastJson(ended)).toMatchObject({ outcome: 'rejected', reason: 'rejected by tester: not now' });
    expect(ended.exitCode).toBe(8);
  });

  it('is given at once with --yes', async () => {
    const targets = ['--set', 'api-gateway=2', '--set', 'message-service=2', '--set', 'whatsapp-connector=1'];
    const approval = ['--approval', 'required', '--yes', '--output', 'json'];
    const ran = await cli.crescendo('run', 'emergencyScaling', ...approval, ...targets);
    expect(lastJson(ran)).toMatchObject({ outcome: 'completed', approvedBy: 'tester' });
  });
});

describe('a running procedure', () => {
  it('is joined by a second run, left alone by Ctrl-C, shown by status, and put back by abort', async () => {
    const gate = gateAt(cli.stage.world, 'scaleService api-gateway 5');
    const first = cli.begin('run', 'emergencyScaling', '--set', 'api-gateway=5');
    await gate.reached;
    const second = await cli.crescendo('run', 'emergencyScaling', '--detach');
    expect(second.stderr).toContain('runs already: joined it');

    first.kill('SIGINT');
    const left = await said(first);
    expect(left.exitCode).toBe(130);
    expect(left.stderr).toContain(`Come back: crescendo watch ${id()}`);
    expect((await handle().describe()).status.name).toBe('RUNNING');

    const status = await cli.crescendo('status', '--output', 'json');
    expect(lastJson(status)).toMatchObject({ workflowId: id(), phase: 'executing' });
    const leases = await cli.crescendo('leases', '--output', 'json');
    expect(lastJson(leases)).toMatchObject({ held: [expect.objectContaining({ holder: id() })] });

    const abort = await cli.crescendo('abort', '--mode', 'rollback', '--reason', 'wrong one');
    expect(abort.exitCode).toBe(0);
    gate.open();
    const ended = await cli.crescendo('watch', id(), '--output', 'json');
    expect(lastJson(ended)).toMatchObject({ outcome: 'rolled_back', reason: 'wrong one (tester)' });
    expect(ended.exitCode).toBe(3);
    expect(cli.stage.world.replicas['api-gateway']).toBe(2);
  });

  it('waits after pause, goes on after resume, and is left as it is by abort --mode hold', async () => {
    const first = gateAt(cli.stage.world, 'scaleService api-gateway 8');
    const second = gateAt(cli.stage.world, 'scaleService message-service 5');
    const flags = ['--set', 'api-gateway=8', '--set', 'message-service=5', '--output', 'jsonl'];
    const running = cli.begin('run', 'emergencyScaling', ...flags);
    await first.reached;
    const paused = await cli.crescendo('pause', '--reason', 'let me look', '--by', 'ada');
    expect(paused).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${id()}: `) });
    first.open();
    await waitFor(async () => (await handle().query(progressQuery)).phase === 'paused', {
      timeoutMs: 20_000,
      what: 'the pause',
    });
    expect(await cli.crescendo('resume', '--by', 'ada')).toMatchObject({ exitCode: 0 });
    await second.reached;
    await cli.crescendo('abort', '--mode', 'hold', '--reason', 'enough');
    second.open();

    const ended = await said(running);
    expect(ended.exitCode).toBe(5);
    const lines = ended.stdout.split('\n').map((line) => JSON.parse(line) as object);
    expect(lines.at(-1)).toMatchObject({ outcome: 'held' });
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.slice(0, -1)).toEqual(
      lines.slice(0, -1).map(() => ({ atMs: expect.any(Number), text: expect.any(String) })),
    );
    expect(cli.stage.world.replicas['api-gateway']).toBe(8);
  });

  it('explains itself, and cannot be steered once it has ended', async () => {
    const explained = await cli.crescendo('explain', id());
    expect(explained.stdout).toContain('api-gateway');
    const paused = await cli.crescendo('pause', id());
    expect(paused).toMatchObject({ exitCode: 2 });
    expect(paused.stderr).toContain(`error: ${id()} runs no more`);
  });

  it('is shown by status beside the others that run, and only its id says which one is meant', async () => {
    const gate = gateAt(cli.stage.world, 'scaleService api-gateway 9');
    const { environment, env } = cli.stage;
    const holder = await env.client.workflow.start<() => Promise<ProcedureResult>>('emergencyScaling', {
      workflowId: `${id()}-beside`,
      taskQueue: taskQueueOf(environment),
      args: [{ environment, targets: { 'api-gateway': 9 } }] as never,
    });
    await gate.reached;
    await cli.crescendo('run', 'emergencyScaling', '--set', 'api-gateway=3', '--detach');
    const both = await waitFor(
      async () => {
        const all = lastJson(await cli.crescendo('status', '--output', 'json'));
        return Array.isArray(all) && all.length === 2 ? (all as object[]) : undefined;
      },
      { timeoutMs: 20_000, what: 'both in the status' },
    );
    expect(both).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ workflowId: `${id()}-beside`, phase: 'executing' }),
        expect.objectContaining({ workflowId: id(), procedure: 'emergencyScaling' }),
      ]),
    );
    const change = await cli.crescendo('change', id(), '--set', 'api-gateway=5');
    expect(change).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^error: change: emergencyScaling cannot/),
    });
    const which = await cli.crescendo('pause');
    expect(which).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`${id()}-beside`) });
    await cli.crescendo('abort', id(), '--mode', 'hold', '--reason', 'enough');
    gate.open();
    expect(await holder.result()).toMatchObject({ outcome: 'completed' });
    await handle().result();
  });

  it('that does not get the services of another gives up with exit code 7', async () => {
    const gate = gateAt(cli.stage.world, 'scaleService api-gateway 10');
    const { environment, env } = cli.stage;
    const holder = await env.client.workflow.start<() => Promise<ProcedureResult>>('emergencyScaling', {
      workflowId: `${id()}-other`,
      taskQueue: taskQueueOf(environment),
      args: [{ environment, targets: { 'api-gateway': 10 } }] as never,
    });
    await gate.reached;
    const flags = ['--set', 'api-gateway=3', '--lease-timeout', '1s', '--output', 'json'];
    const refused = await cli.crescendo('run', 'emergencyScaling', ...flags);
    expect(lastJson(refused)).toMatchObject({ code: 'LeaseHeld' });
    expect(refused.exitCode).toBe(7);
    gate.open();
    expect(await holder.result()).toMatchObject({ outcome: 'completed' });
  });
});
