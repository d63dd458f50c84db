import type { Lab } from '../../demo/lab.ts';
import { until } from '../../demo/processes.ts';
import { resumeUpdate } from '../../workflows/contracts.ts';
import { replicasInFile, startPlanned } from './planned-stage.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import { progressOf, replicaViolations, resetPlatform } from './steps.ts';

/** Without traffic nobody knows P95 and errors: the gate decides nothing, and a person promotes. */
export const plannedHold: Scenario = {
  title: 'planned scaling whose gate is inconclusive: a person looks and promotes',
  run: play,
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  const violations: string[] = [];
  await resetPlatform(lab);
  const handle = await startPlanned(lab, {
    event: { name: 'held launch', start: new Date(Date.now() + 8_000).toISOString(), lengthMs: 25_000 },
    targets: { 'api-gateway': 2 },
    steps: [{ share: 1, beforeMs: 3_000 }],
    soakMs: 5_000,
    afterEvent: { scaleDown: false },
  });
  await until('a person is asked', async () => (await progressOf(handle)).phase === 'paused', 90_000, 200);
  const asked = await progressOf(handle);
  progress(`asks: ${asked.waitingFor ?? ''}`);
  const heldAtMs = Date.now();
  if (!/resume .* or abort: inconclusive/.test(asked.waitingFor ?? ''))
    violations.push(`it does not say what it waits for: ${asked.waitingFor}`);
  violations.push(...(await replicaViolations(lab, { 'api-gateway': 2 })));
  await handle.executeUpdate(resumeUpdate, { args: [{ by: 'scenario' }] });
  const result = await handle.result();
  await lab.saveHistory(handle.workflowId, 'plannedScaling/promoted');
  progress(`${result.outcome}: ${result.reason}`);
  const soak = result.steps.find(({ id }) => id === 'wave-1-soak');
  if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
  if (soak?.soak?.verdict !== 'inconclusive') violations.push(`the gate said ${soak?.soak?.verdict}`);
  if (soak?.facts.includes('promoted by scenario') !== true) violations.push('it does not say who promoted');
  const file = await replicasInFile(lab, ['api-gateway']);
  if (file['api-gateway'] !== 2) violations.push(`the file says ${String(file['api-gateway'])}`);
  return {
    outcome: result.outcome,
    violations,
    facts: {
      verdict: soak?.soak?.verdict,
      reasons: soak?.soak?.reasons,
      heldForMs: (soak?.endedAtMs ?? heldAtMs) - heldAtMs,
      promotedBy: 'scenario',
      replicasAfter: result.replicasAfter,
      procedureMs: result.endedAtMs - result.startedAtMs,
    },
  };
}
