import type { Lab } from '../../demo/lab.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import {
  replicaViolations,
  resetPlatform,
  single,
  startEmergency,
  untilStep,
  underNormalLoad,
} from './steps.ts';

/** The rollback signal arrives in the middle of the second step: the snapshot comes back. */
export const rollback: Scenario = {
  title: 'signal in the middle: back to the snapshot',
  run: (lab, options) => underNormalLoad(lab, () => play(lab, options)),
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
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
  return {
    outcome: result.outcome,
    violations,
    facts: { rollbackMs, replicasAfter: result.replicasAfter, steps },
  };
}
