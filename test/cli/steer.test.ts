import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { incidentWorkflowId, progressQuery } from '../../workflows/contracts.ts';
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

  it('explains itself, and cannot be steered once it has ended', async () => {
    const explained = await cli.crescendo('explain', id());
    expect(explained.stdout).toContain('api-gateway');
    const paused = await cli.crescendo('pause', id());
    expect(paused).toMatchObject({ exitCode: 2 });
    expect(paused.stderr).toContain(`error: ${id()} runs no more`);
  });
});
