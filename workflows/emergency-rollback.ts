import { sleep } from '@temporalio/workflow';
import { planRollback } from '../domain/plan-rollback.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { emergencyRollbackInput, leasePriority, type EmergencyRollbackInput } from './contracts.ts';
import { perform } from './engine/activities.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { snapshotToRestore } from './engine/snapshot.ts';
import { executeStepsTogether } from './engine/steps.ts';
import { provePlatform } from './engine/prove.ts';

/** Runbook, Rollback procedures: emergency rollback, to the snapshot of a procedure or to one replica each. */
export async function emergencyRollback(input: EmergencyRollbackInput): Promise<ProcedureResult> {
  const request = parseInput('emergencyRollback', emergencyRollbackInput, input);
  const run = new Run('emergencyRollback', request);

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { snapshot, edits } = await snapshotToRestore(run, catalog, request);
    const edited = edits.flatMap((one) => Object.keys(one.edits));
    const services = [...new Set([...Object.keys(snapshot), ...edited])];
    const lease = () => takeLease(run, services, leasePriority.rollback);
    const asksFirst = request.dryRun || request.approval === 'required';

    if (!asksFirst) await lease();
    run.before = await perform('observe', [{ services, sampleMs: request.sampleMs }], 'what runs now');
    const plan = planRollback({ catalog, catalogHash: hash, observation: run.before, snapshot, edits });
    await agreeOn(run, plan);
    if (asksFirst) await lease();

    // 1. Revert to the previous scale, all services at once.
    await executeStepsTogether(run, request);
    // 2. Wait for the services to stabilise.
    await sleep(request.stabilizeMs, { summary: 'let the services stabilise' });
    // 3. Health, 4. function, 5. root cause.
    await provePlatform(run, snapshot, request);
    return new Ending('completed', 'what ran before runs again, and the platform answers');
  });
}
