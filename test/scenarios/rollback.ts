import type { Lab } from '../../demo/lab.ts';
import { leaseTableQuery, leaseWorkflowId } from '../../workflows/contracts.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import {
  replicaViolations,
  resetPlatform,
  single,
  startEmergency,
  startRollback,
  untilStep,
  underNormalLoad,
} from './steps.ts';

/** In the middle of the second step the snapshot comes back: by the rollback signal, then by a procedure that stops the other and takes its lease. */
export const rollback: Scenario = {
  title: 'in the middle: back to the snapshot, by a signal and by emergencyRollback',
  run: (lab, options) => underNormalLoad(lab, () => play(lab, options)),
};

async function play(lab: Lab, options: ScenarioOptions): Promise<ScenarioEnd> {
  const { progress } = options;
  await resetPlatform(lab);
  const handle = await startEmergency(lab);
  await untilStep(handle, 'scale-', 'done');
  await untilStep(handle, 'scale-', 'running');
  progress('one step is done, another runs: rollback now');
  const signalledAtMs = Date.now();
  await handle.signal('rollback', { reason: 'scenario', by: 'scenario' });
  const result = await handle.result();
  const rollbackMs = Date.now() - signalledAtMs;
  await lab.saveHistory(handle.workflowId, 'emergencyScaling/rolled-back');
  const violations = await replicaViolations(lab, single);
  if (result.outcome !== 'rolled_back') violations.push(`outcome ${result.outcome}: ${result.reason}`);
  if (!(await lab.frontDoorAnswers())) violations.push('the front door does not answer after the rollback');
  const steps = result.steps.map(({ id, status }) => ({ id, status }));
  const takeOver = await takenOver(lab, options);
  violations.push(...takeOver.violations);
  return {
    outcome: result.outcome,
    violations,
    facts: { rollbackMs, replicasAfter: result.replicasAfter, steps, takeOver: takeOver.facts },
  };
}

/** The runbook's emergency rollback, of one that still runs. */
async function takenOver(
  lab: Lab,
  { progress }: ScenarioOptions,
): Promise<{ violations: string[]; facts: object }> {
  const incident = await startEmergency(lab);
  await untilStep(incident, 'scale-', 'running');
  progress('the same once more: emergencyRollback of what runs');
  const startedAtMs = Date.now();
  const handle = await startRollback(lab, { stabilizeMs: 2_000 });
  const result = await handle.result();
  const rollbackMs = Date.now() - startedAtMs;
  const stopped = await incident.result();
  const violations = await replicaViolations(lab, single);
  if (result.outcome !== 'completed')
    violations.push(`emergencyRollback ended ${result.outcome}: ${result.reason}`);
  if (stopped.outcome !== 'held') violations.push(`what ran ended ${stopped.outcome}: ${stopped.reason}`);
  const lease = lab.client.workflow.getHandle(leaseWorkflowId(lab.environment));
  const { held, waiting } = await lease.query(leaseTableQuery);
  if (held.length + waiting.length > 0) violations.push('somebody still holds a lease, or waits for one');
  const proofs = result.steps.filter(({ id }) => ['health', 'function', 'root-cause'].includes(id));
  if (proofs.some(({ status }) => status !== 'done') || proofs.length !== 3)
    violations.push('health, function and root cause were not all looked at');
  const rootCause = proofs.find(({ id }) => id === 'root-cause')?.facts ?? [];
  return {
    violations,
    facts: {
      outcome: result.outcome,
      stopped: stopped.outcome,
      rollbackMs,
      rootCause: rootCause.slice(0, 3),
    },
  };
}
