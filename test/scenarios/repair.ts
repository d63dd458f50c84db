import type { Lab } from '../../demo/lab.ts';
import { until } from '../../demo/processes.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import { incidentWorkflowId, taskQueueOf } from '../../workflows/contracts.ts';
import { repairWorkflowId, type RepairInput } from '../../workflows/contracts/repair.ts';
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

  await cutOff(lab, progress);
  const before = await lab.replicas();
  const adopted = await run(lab, { mode: 'adopt', procedureId });
  progress(`adopt: ${adopted.outcome}, ${adopted.reason}`);
  if (adopted.outcome !== 'completed') violations.push(`adopt ended ${adopted.outcome}: ${adopted.reason}`);
  violations.push(...(await replicaViolations(lab, before)));
  if (!(await lab.frontDoorAnswers())) violations.push('the front door does not answer after it');
  await resetPlatform(lab);
  return {
    outcome: undone.outcome,
    violations,
    facts: {
      undoMs,
      leftOver: shown.notes.map(({ message }) => message),
      steps: undone.steps.map(({ title, status }) => ({ title, status })),
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

async function run(lab: Lab, more: Partial<RepairInput>): Promise<ProcedureResult> {
  const handle = await lab.client.workflow.start<() => Promise<ProcedureResult>>('repair', {
    workflowId: repairWorkflowId(lab.environment),
    taskQueue: taskQueueOf(lab.environment),
    args: [{ environment: lab.environment, requestedBy: 'scenario', ...more }] as never,
  });
  return handle.result();
}
