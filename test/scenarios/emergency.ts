import { execa } from 'execa';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSpike, type Spike } from '../../demo/spike.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { taskQueueOf } from '../../workflows/contracts.ts';
import type { Lab } from '../../demo/lab.ts';
import type { Scenario } from './scenario.ts';
import { replicaViolations, resetPlatform, scaledOut } from './steps.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const starts = { cli: byCrescendo, temporal: byTemporal };

export type StartedBy = keyof typeof starts;

/** A spike that hurts, on the platform with one replica each. */
export async function beginSpike(lab: Lab, progress: (text: string) => void): Promise<Spike> {
  await resetPlatform(lab);
  const spike = await startSpike(lab, progress);
  try {
    await spike.untilItHurts();
    return spike;
  } catch (error) {
    await spike.stop();
    throw error;
  }
}

/** Ends the spike by a procedure that was started in one of the two ways. */
export async function endSpike(
  lab: Lab,
  spike: Spike,
  by: StartedBy,
): Promise<{ facts: Record<string, unknown>; violations: string[] }> {
  const result = await starts[by](lab);
  await spike.untilItIsOver();
  if (by === 'cli') await lab.saveHistory(result.workflowId, 'emergencyScaling/completed');
  const violations = [...spike.violations(), ...(await replicaViolations(lab, scaledOut))];
  if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
  if (result.effectiveness?.reached !== true) violations.push('the procedure did not see its effect');
  const facts = {
    outcome: result.outcome,
    procedureMs: result.endedAtMs - result.startedAtMs,
    ...spike.facts(),
  };
  return { facts, violations: violations.map((text) => `${by}: ${text}`) };
}

async function playOne(lab: Lab, by: StartedBy, progress: (text: string) => void) {
  const spike = await beginSpike(lab, progress);
  try {
    return await endSpike(lab, spike, by);
  } finally {
    await spike.stop();
  }
}

/** A spike under way is ended twice: started by our command line, and from outside by Temporal's own with one JSON object. */
export const emergency: Scenario = {
  title: 'a real spike, ended by the CLI, and by the temporal CLI with one JSON input',
  async run(lab, { progress }) {
    const cli = await playOne(lab, 'cli', progress);
    const temporal = await playOne(lab, 'temporal', progress);
    await resetPlatform(lab);
    const violations = [...cli.violations, ...temporal.violations];
    const facts = { ...cli.facts, temporal: temporal.facts };
    return { outcome: violations.length === 0 ? 'completed' : 'failed', violations, facts };
  },
};

async function byCrescendo(lab: Lab): Promise<ProcedureResult> {
  const cli = join(root, 'client', 'cli', 'main.ts');
  const args = ['run', 'emergencyScaling', '--catalog', lab.catalogPath, '--address', lab.temporal.address];
  const { stdout } = await execa(
    process.execPath,
    ['--import', 'tsx', cli, ...args, '--output', 'json', '--requested-by', 'scenario'],
    { cwd: root, reject: false },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as ProcedureResult;
}

async function byTemporal(lab: Lab): Promise<ProcedureResult> {
  const workflowId = 'started-from-outside';
  const input = JSON.stringify({ environment: lab.environment, requestedBy: 'temporal CLI' });
  const start = ['workflow', 'start', '--address', lab.temporal.address, '--type', 'emergencyScaling'];
  const what = ['--task-queue', taskQueueOf(lab.environment), '--workflow-id', workflowId, '--input', input];
  await execa(lab.temporal.cli, [...start, ...what]);
  return lab.client.workflow.getHandle<() => Promise<ProcedureResult>>(workflowId).result();
}
