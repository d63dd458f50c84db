import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { incidentWorkflowId } from '../../workflows/contracts.ts';
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

describe('crescendo run', () => {
  it('plans first, and a plan changes nothing', async () => {
    const plan = await cli.crescendo('plan', 'emergencyScaling');
    expect(plan.stderr).toContain('/namespaces/default/workflows/crescendo-');
    expect(plan.stdout).toMatch(/~ api-gateway +1 -> 3 replicas/);
    expect(plan.exitCode).toBe(0);
    expect(cli.stage.world.calls.filter((call) => call.startsWith('scaleService'))).toEqual([]);
  });

  it('scales, says each event in a line, and ends with the result as one JSON document', async () => {
    const ran = await cli.crescendo('run', 'emergencyScaling', '--set', 'api-gateway=4', '--output', 'json');
    const result = lastJson(ran) as ProcedureResult;
    expect(ran.stdout.trim().split('\n')).toHaveLength(1);
    expect(result).toMatchObject({ outcome: 'completed', requestedBy: 'tester' });
    expect(cli.stage.world.replicas['api-gateway']).toBe(4);
    expect(ran.stderr).toMatch(/^\d\d:\d\d:\d\d {2}/m);
    // Its plan, without being asked for approval.
    expect(ran.stderr).toMatch(/~ api-gateway +1 -> 4 replicas[^]*Plan hash: [0-9a-f]{64}/);
    expect(ran.stderr.match(/Plan hash/g)).toHaveLength(1);
    expect(ran.exitCode).toBe(0);
  });

  it('shows in its history what ran and how it ended', async () => {
    const id = incidentWorkflowId(cli.stage.environment);
    const one = await cli.crescendo('history', id);
    expect(one.stdout).toContain('emergencyScaling completed');
    const all = await cli.crescendo('history', '--output', 'json');
    expect(lastJson(all)).toEqual(
      expect.arrayContaining([expect.objectContaining({ workflowId: id, outcome: 'completed' })]),
    );
  });

  it('puts back what ran before an incident that has ended', async () => {
    const quick = ['--input', '{"stabilizeMs":0}', '--output', 'json'];
    const back = await cli.crescendo('rollback', '--reason', 'over', ...quick);
    expect(lastJson(back)).toMatchObject({ procedure: 'emergencyRollback', outcome: 'completed' });
    expect(cli.stage.world.replicas['api-gateway']).toBe(1);
    expect(back.exitCode).toBe(0);
  });
});
