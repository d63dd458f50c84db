import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../demo/lab.ts';
import { until } from '../../demo/processes.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { incidentWorkflowId, taskQueueOf } from '../../workflows/contracts.ts';
import { repairWorkflowId, type RepairInput } from '../../workflows/contracts/repair.ts';
import { containersOf, startResize } from './database-stage.ts';
import { composeUpChanged } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import {
  replicaViolations,
  resetPlatform,
  single,
  startEmergency,
  underNormalLoad,
  untilStep,
} from './steps.ts';

/** A procedure is terminated in the middle: what it left is shown and undone; and once more, shown and adopted. */
export const repair: Scenario = {
  title: 'after a terminate: what is left over is shown, undone, and another time adopted',
  run: (lab, options) => underNormalLoad(lab, () => play(lab, options)),
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  await resetPlatform(lab);
  const violations: string[] = [];
  const procedureId = incidentWorkflowId(lab.environment);

  await cutOff(lab, progress);
  const shown = await run(lab, { mode: 'show' });
  progress(`show: ${shown.reason}`);
  if (shown.outcome !== 'no_change' || shown.steps.length === 0)
    violations.push(`show ended ${shown.outcome} with ${shown.steps.length} findings: ${shown.reason}`);
  const startedAtMs = Date.now();
  const undone = await run(lab, { mode: 'undo', procedureId });
  const undoMs = Date.now() - startedAtMs;
  progress(`undo: ${undone.outcome}, ${undone.reason}`);
  await lab.saveHistory(undone.workflowId, 'repair/undone');
  if (undone.outcome !== 'completed') violations.push(`undo ended ${undone.outcome}: ${undone.reason}`);
  violations.push(...(await replicaViolations(lab, single)));
  violations.push(...(await lab.strayContainers()).map((name) => `${name} was left over`));
  const again = await run(lab, { mode: 'undo', procedureId });
  if (again.outcome !== 'no_change') violations.push(`a second undo ended ${again.outcome}: ${again.reason}`);

  const database = await cutOffDatabase(lab, progress);
  violations.push(...database.violations);

  await cutOff(lab, progress);
  const before = await lab.replicas();
  const adopted = await run(lab, { mode: 'adopt', procedureId });
  progress(`adopt: ${adopted.outcome}, ${adopted.reason}`);
  if (adopted.outcome !== 'completed') violations.push(`adopt ended ${adopted.outcome}: ${adopted.reason}`);
  violations.push(...(await replicaViolations(lab, before)));
  if (!(await lab.frontDoorAnswers())) violations.push('the front door does not answer after it');
  const third = await run(lab, { mode: 'undo', procedureId });
  if (third.outcome !== 'no_change') violations.push(`an undo after the adoption ended ${third.outcome}`);
  await resetPlatform(lab);
  return {
    outcome: undone.outcome,
    violations,
    facts: {
      undoMs,
      leftOver: shown.notes.map(({ message }) => message),
      steps: undone.steps.map(({ title, status }) => ({ title, status })),
      database: database.facts,
      adopted: { outcome: adopted.outcome, replicas: adopted.replicasAfter },
    },
  };
}

/** Terminate runs no clean-up: replicas stand there that nobody owns. */
async function cutOff(lab: Lab, progress: (text: string) => void): Promise<void> {
  const handle = await startEmergency(lab);
  await untilStep(handle, 'scale-', 'done');
  await untilStep(handle, 'scale-', 'running');
  await handle.terminate('scenario');
  // An activity of a terminated workflow goes on until its next heartbeat tells it.
  let [counts, sinceMs] = ['', Date.now()];
  await until(
    'its activities have ended',
    async () => {
      const now = JSON.stringify([await lab.replicas(), await lab.strayContainers()]);
      if (now !== counts) [counts, sinceMs] = [now, Date.now()];
      return Date.now() - sinceMs > 4_000;
    },
    60_000,
  );
  progress('terminated in the middle of the second step');
}

/** PostgreSQL in the middle of its restart: the file is edited, and the container of before stands stopped beside the other. */
async function cutOffDatabase(
  lab: Lab,
  progress: (text: string) => void,
): Promise<{ violations: string[]; facts: object }> {
  const violations: string[] = [];
  const file = await readFile(lab.stack.composeFile, 'utf8');
  const [before] = await containersOf(lab, 'postgres');
  const settings = { shared_buffers: '64MB' };
  const handle = await startResize(lab, 'resizePostgres', 'postgres', {
    cpus: 1,
    memoryBytes: 2 ** 29,
    settings,
  });
  const stopped = async () => (await containersOf(lab, 'postgres')).some(({ state }) => state === 'exited');
  await until('the container of before is stopped', stopped, 60_000);
  await handle.terminate('scenario');
  await until(
    'PostgreSQL runs again, or stands still',
    async () => {
      const now = await containersOf(lab, 'postgres');
      await sleep(4_000);
      return JSON.stringify(now) === JSON.stringify(await containersOf(lab, 'postgres'));
    },
    60_000,
  );
  const left = await containersOf(lab, 'postgres');
  progress(
    `terminated in the restart of PostgreSQL: ${left.map(({ name, state }) => `${name} ${state}`).join(', ')}`,
  );
  if ((await readFile(lab.stack.composeFile, 'utf8')) === file)
    violations.push('the file was not edited yet');
  const shown = await run(lab, { mode: 'show' });
  progress(`show: ${shown.reason}`);
  const named = { mode: 'undo', procedureId: handle.workflowId } as const;
  const undone = await run(lab, named);
  progress(`undo: ${undone.outcome}, ${undone.reason}`);
  if (!shown.reason.includes(handle.workflowId)) violations.push(`show does not name it: ${shown.reason}`);
  if (undone.outcome !== 'completed') violations.push(`undo of it ended ${undone.outcome}: ${undone.reason}`);
  const after = await containersOf(lab, 'postgres');
  if (after.length !== 1 || after[0]?.id !== before?.id || after[0]?.state !== 'running')
    violations.push(`PostgreSQL is ${after.map(({ name, state }) => `${name} ${state}`).join(', ')}`);
  if ((await readFile(lab.stack.composeFile, 'utf8')) !== file)
    violations.push('the file has not its bytes again');
  violations.push(...(await composeUpChanged(lab)).map((name) => `docker compose up -d changed ${name}`));
  const again = await run(lab, named);
  if (again.outcome !== 'no_change') violations.push(`a second undo of it ended ${again.outcome}`);
  const facts = {
    left: left.map(({ name, state }) => `${name} ${state}`),
    outcome: undone.outcome,
    again: again.outcome,
  };
  return { violations, facts };
}

async function run(lab: Lab, more: Partial<RepairInput>): Promise<ProcedureResult> {
  const handle = await lab.client.workflow.start<() => Promise<ProcedureResult>>('repair', {
    workflowId: repairWorkflowId(lab.environment),
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'scenario', ...more }] as never,
  });
  return handle.result();
}
