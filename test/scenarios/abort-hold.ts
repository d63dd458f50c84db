import type { Lab } from '../../demo/lab.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { replicaViolations, resetPlatform, startEmergency, untilStep, underNormalLoad } from './steps.ts';

/** Abort with hold in the second step leaves what is there; `crescendo rollback` afterwards puts the snapshot back. */
export const abortHold: Scenario = {
  title: 'abort with hold: what is there stays, and can be rolled back later',
  run: (lab, options) => underNormalLoad(lab, () => play(lab, options)),
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  await resetPlatform(lab);
  const handle = await startEmergency(lab);
  await untilStep(handle, 'scale-', 'done');
  await untilStep(handle, 'scale-', 'running');
  progress('one step is done, another runs: abort with hold');
  const signalledAtMs = Date.now();
  await handle.signal('abort', { mode: 'hold', reason: 'scenario' });
  const result = await handle.result();
  const holdMs = Date.now() - signalledAtMs;
  await lab.saveHistory(handle.workflowId, 'emergencyScaling/held');
  const violations: string[] = [];
  if (result.outcome !== 'held') violations.push(`outcome ${result.outcome}: ${result.reason}`);
  const done = result.steps.filter(({ status }) => status === 'done');
  for (const step of done) {
    const held = result.replicasAfter[step.service] ?? 0;
    if (held <= (result.replicasBefore[step.service] ?? 0))
      violations.push(`${step.service} was not left as it was`);
  }
  const counts = await lab.replicas();
  progress(`held with ${JSON.stringify(counts)}: rolling back`);
  await resetPlatform(lab);
  violations.push(...(await replicaViolations(lab, { 'api-gateway': 1, 'message-service': 1 })));
  return { outcome: result.outcome, violations, facts: { holdMs, replicasHeld: result.replicasAfter } };
}
