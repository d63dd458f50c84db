import { execa } from 'execa';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSpike } from '../../demo/spike.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { taskQueueOf } from '../../workflows/contracts.ts';
import type { Lab } from '../../demo/lab.ts';
import type { Scenario } from './scenario.ts';
import { replicaViolations, resetPlatform, scaledOut } from './steps.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A spike under way is ended twice: started by our command line, and from outside by Temporal's own with one JSON object. */
export const emergency: Scenario = {
  title: 'a real spike, ended by the CLI, and by the temporal CLI with one JSON input',
  async run(lab, { progress }) {
    const violations: string[] = [];
    const facts: Record<string, unknown> = {};
    for (const [name, start] of [
      ['cli', byCrescendo],
      ['temporal', byTemporal],
    ] as const) {
      await resetPlatform(lab);
      const spike = await startSpike(lab, progress);
      try {
        const peak = await spike.untilItHurts();
        const result = await start(lab);
        if (name === 'cli') await lab.saveHistory(result.workflowId, 'emergencyScaling/completed');
        const after = await spike.untilItIsOver();
        facts[name] = {
          outcome: result.outcome,
          ms: result.endedAtMs - result.startedAtMs,
          ...peak,
          ...after,
        };
        if (result.outcome !== 'completed')
          violations.push(`${name}: outcome ${result.outcome}: ${result.reason}`);
        if (result.effectiveness?.reached !== true) violations.push(`${name}: not effective`);
        violations.push(...(await replicaViolations(lab, scaledOut)).map((text) => `${name}: ${text}`));
        violations.push(...spike.violations().map((text) => `${name}: ${text}`));
      } finally {
        await spike.stop();
      }
    }
    await resetPlatform(lab);
    await lab.saveHistory(`crescendo-${lab.environment}-rollback`, 'emergencyRollback/completed');
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
  await execa(lab.temporal.cli, [
    ...['workflow', 'start', '--address', lab.temporal.address, '--type', 'emergencyScaling'],
    ...['--task-queue', taskQueueOf(lab.environment), '--workflow-id', workflowId, '--input', input],
  ]);
  return lab.client.workflow.getHandle<() => Promise<ProcedureResult>>(workflowId).result();
}
