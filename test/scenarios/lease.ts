import { until } from '../../demo/processes.ts';
import type { LeaseTable } from '../../domain/procedure.ts';
import { leaseTableQuery, leaseWorkflowId } from '../../workflows/contracts.ts';
import type { Lab } from '../../demo/lab.ts';
import type { Scenario, ScenarioEnd, ScenarioOptions } from './scenario.ts';
import {
  progressOf,
  replicaViolations,
  resetPlatform,
  scaledOut,
  startEmergency,
  untilStep,
  underNormalLoad,
} from './steps.ts';

/** Two procedures want one service: one waits. Then the holder is terminated, and the waiter takes over what is there. */
export const lease: Scenario = {
  title: 'two procedures want one service; a holder is terminated',
  run: (lab, options) => underNormalLoad(lab, () => play(lab, options)),
};

async function play(lab: Lab, { progress }: ScenarioOptions): Promise<ScenarioEnd> {
  await resetPlatform(lab);
  const violations: string[] = [];
  const table = (): Promise<LeaseTable> =>
    lab.client.workflow.getHandle(leaseWorkflowId(lab.environment)).query(leaseTableQuery);
  const first = await startEmergency(lab);
  await untilStep(first, 'scale-', 'done');
  const second = await startEmergency(lab, {}, `${first.workflowId}-second`);
  await until(
    'the second waits for the lease',
    async () => (await progressOf(second)).waitingFor?.startsWith('the lease') === true,
    30_000,
    100,
  );
  const contended = await table();
  if (contended.held.length !== 1) violations.push(`${contended.held.length} holders at once`);
  if (contended.waiting.length !== 1) violations.push(`${contended.waiting.length} waiters, expected 1`);
  const firstToken = contended.held[0]?.fencingToken ?? 0;
  progress('the second waits: terminating the holder in the middle');
  await first.terminate('scenario');
  const terminatedAtMs = Date.now();
  await until(
    'the lease moves on',
    async () => (await table()).held[0]?.holder === second.workflowId,
    60_000,
    100,
  );
  const takeOverMs = Date.now() - terminatedAtMs;
  const secondToken = (await table()).held[0]?.fencingToken ?? 0;
  if (secondToken <= firstToken) violations.push(`token ${secondToken} is not above ${firstToken}`);
  const result = await second.result();
  if (result.outcome !== 'completed') violations.push(`outcome ${result.outcome}: ${result.reason}`);
  violations.push(...(await replicaViolations(lab, scaledOut)));
  await lab.saveHistory(leaseWorkflowId(lab.environment), 'lease/contended');
  return { outcome: result.outcome, violations, facts: { takeOverMs, firstToken, secondToken } };
}
