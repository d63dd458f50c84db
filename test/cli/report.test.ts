import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  approveUpdate,
  incidentWorkflowId,
  pauseUpdate,
  planQuery,
  resumeUpdate,
} from '../../workflows/contracts.ts';
import { plannedScalingWorkflowId } from '../../workflows/contracts/planned-scaling.ts';
import { HOUR, plan, untilPhase } from '../workflows/planned-stage.ts';
import { gateAt, sharedEnvironment } from '../workflows/env.ts';
import { openCli, type Cli } from './crescendo.ts';

describe('crescendo history ID --report', () => {
  let cli: Cli;
  let folder: string;
  beforeAll(async () => {
    await sharedEnvironment('dev');
    cli = await openCli();
    folder = await mkdtemp(join(tmpdir(), 'crescendo-report-'));
  });
  afterAll(async () => {
    await cli?.close();
    await rm(folder, { recursive: true, force: true });
    await (await sharedEnvironment('dev')).teardown();
  });
  const incident = (): string => incidentWorkflowId(cli.stage.environment);
  const write = async (name: string, id = incident()): Promise<string> => {
    const file = join(folder, name);
    const { exitCode, stdout } = await cli.crescendo('history', id, '--report', file);
    expect([exitCode, stdout]).toEqual([0, `the report of ${id} is in ${file}`]);
    return readFile(file, 'utf8');
  };

  it('of a procedure that runs is as far as it is', async () => {
    const gate = gateAt(cli.stage.world, 'waitForReplicas api-gateway 3');
    const handle = await cli.stage.start();
    await gate.reached;
    const text = await write('running.md');
    expect(text).toMatch(/^running: executing\.$/m);
    expect(text).toMatch(/\| \d \| Scale api-gateway from 1 to 3 replicas \| running \|/);
    await handle.executeUpdate(pauseUpdate, { args: [{ by: 'ann', reason: 'a look first' }] });
    await handle.executeUpdate(resumeUpdate, { args: [{ by: 'bob' }] });
    gate.open();
    await handle.result();
  });

  it('of one that has ended says what was seen, planned, done, when, by whom, before and after', async () => {
    const text = await write('incident.md');
    for (const part of [
      '# emergencyScaling on',
      'Found: api-gateway is the bottleneck',
      'asked for by | test',
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/## Replicas[^]*\| api-gateway \| 1 \| 3 \|/);
    expect(text).toMatch(/## Before and after[^]*\| lag \| 4000 messages \| 10 messages \|/);
    expect(text).toMatch(/\| began \| \d{4}-\d\d-\d\dT/);
  });

  it('has the plan with its causes, and who said what and when', async () => {
    const text = await write('incident.md');
    const [, plan = ''] = /## Plan\n([^]*?)\n## /.exec(text) ?? [];
    expect(plan).toMatch(
      /\| Scale api-gateway from 1 to 3 replicas \| .*98 %.* \| api-gateway: 1 -> 3 replicas/,
    );
    expect(text).toMatch(/\| \d{4}-\d\d-\d\dT\S+ \| pause \| ann \| a look first \|/);
    expect(text).toMatch(/\| \d{4}-\d\d-\d\dT\S+ \| resume \| bob \| {2}\|/);
  });

  it('for a name in .html is one file with a plot of the steps', async () => {
    const text = await write('incident.html');
    expect(text).toContain('<svg');
    expect(text).toContain('Steps over time');
    expect(text).not.toContain('<script');
  });

  it('plots what was measured over time beside the steps', async () => {
    const text = await write('incident.html');
    for (const title of ['P95 in ms', 'Lag in messages', 'Replicas'])
      expect(text).toContain(`>${title}</text>`);
    expect(text.match(/<svg/g)?.length).toBeGreaterThanOrEqual(4);
  });

  it('of a planned procedure has the time of each step, who approved it, and what each soak has judged', async () => {
    const { handle } = await plan(cli.stage, HOUR / 4, { approval: 'required' });
    await untilPhase(handle, 'awaiting_approval');
    const { hash = '' } = (await handle.query(planQuery)) ?? {};
    await handle.executeUpdate(approveUpdate, { args: [{ planHash: hash, by: 'ann' }] });
    await untilPhase(handle, 'waiting');
    const text = await write('planned.md', handle.workflowId);
    expect(text).toMatch(/## Plan\n\n\| step \| due \| why/);
    expect(text).toMatch(/100 %: Scale message-service from 3 to 5 replicas \| \d{4}-\d\d-\d\dT/);
    expect(text).toMatch(new RegExp(`\\| approve \\| ann \\| planHash ${hash} \\|`));
    expect(text).toMatch(
      /## What was watched[^]*\| Watch after 100 %: pass \| 15 min, 10 looks \| p95Ms \| 0 ms/,
    );
    expect(text).toContain('| approved by | ann |');
    expect(text).toMatch(/## Replicas[^]*\| message-service \| 3 \| 5 \|/);
    await handle.terminate('the power went');
  });

  it('of a terminated procedure says so, what it had done, and how to clean up', async () => {
    const { environment } = cli.stage;
    const id = plannedScalingWorkflowId(environment, 'TV spot');
    const text = await write('terminated.md', id);
    expect(text).toMatch(/^terminated: terminated at \d.*: the power went\.$/m);
    expect(text).toContain('| asked for by | test, operator |');
    expect(text).toMatch(/\| terminate \| .* \| the power went \|/);
    expect(text).toMatch(/## Steps[^]*Scale message-service from 3 to 5 replicas \| done/);
    expect(text).toContain('crescendo repair');
    expect(await write('terminated.html', id)).toContain('>P95 in ms</text>');
  });

  it('needs no worker: without one the steps are those of the history', async () => {
    const { environment, env } = cli.stage;
    const workflowId = `emergencyScaling-nobody-${environment}`;
    const handle = await env.client.workflow.start('emergencyScaling', {
      workflowId,
      taskQueue: 'nobody-works-here',
      args: [{ environment, requestedBy: 'ann', trigger: 'alert' }],
    });
    await handle.terminate('nobody came');
    const text = await write('alone.md', workflowId);
    expect(text).toMatch(/^terminated: .*nobody came\.$/m);
    expect(text).toContain('| asked for by | ann, alert |');
  });

  it('of one whose input was refused says why', async () => {
    const handle = await cli.stage.run('repair', { mode: 'undo' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
    const text = await write('failed.md', handle.workflowId);
    expect(text).toMatch(/^failed: .*procedureId: name the procedure that was cut off/m);
  });
});
