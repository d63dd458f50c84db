import { sleep } from '@temporalio/workflow';
import type { Catalog } from '../domain/catalog.ts';
import { planRollback } from '../domain/plan-rollback.ts';
import type { Plan } from '../domain/plan.ts';
import { isAfterwards } from '../domain/rollback-beside.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import {
  emergencyRollbackInput,
  leasePriority,
  type EmergencyRollbackInput,
  type EmergencyRollbackRequest,
} from './contracts.ts';
import { perform } from './engine/activities.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut, settleOn } from './engine/procedure.ts';
import { findRootCause, provePlatform } from './engine/prove.ts';
import { Run } from './engine/run.ts';
import { readPast, stopPast, toRestore, type Restore } from './engine/snapshot.ts';
import { executeSteps, executeStepsTogether } from './engine/steps.ts';

/** Runbook, Rollback procedures: emergency rollback, to the snapshot of a procedure or to one replica each. */
export async function emergencyRollback(input: EmergencyRollbackInput): Promise<ProcedureResult> {
  const request = parseInput('emergencyRollback', emergencyRollbackInput, input);
  const run = new Run('emergencyRollback', request);

  return carryOut(run, async () => {
    const loaded = await run.loadCatalog();
    const { catalog } = loaded;
    const found = await readPast(request);
    const asksFirst = request.dryRun || request.approval === 'required';

    // Nothing is stopped and no lease taken before somebody has agreed, where that is asked for.
    if (asksFirst) {
      const stops = found.running ? found.procedureId : undefined;
      const plan = await planNow(run, loaded, request, { ...toRestore(catalog, request, found), stops });
      await agreeOn(run, plan, { ifNothing: found.running ? 'ask' : 'goOn' });
    }
    const { past, mustGo } = await stopPast(run, found, request);
    const restore = toRestore(catalog, request, past);
    await takeLease(run, restore.services, leasePriority.rollback, mustGo ? 0 : undefined);
    // 5. Root cause, first of all: what a replica wrote goes with it. The plan is made meanwhile.
    const [plan] = await Promise.all([
      // What it did meanwhile was agreed on too; where nothing was stopped, another change is drift.
      asksFirst && !found.running ? undefined : planNow(run, loaded, request, restore),
      findRootCause(run, catalog, request),
    ]);
    if (plan !== undefined) settleOn(run, plan);

    const changes = (run.plan?.steps ?? []).length > 0;
    if (changes) {
      // 1. Revert to the previous scale, all services at once.
      const steps = run.plan?.steps ?? [];
      await executeStepsTogether(
        run,
        request,
        steps.filter((step) => !isAfterwards(step)),
      );
      await executeSteps(run, request, steps.filter(isAfterwards));
      // 2. Wait for the services to stabilise.
      await sleep(request.stabilizeMs, { summary: 'let the services stabilise' });
    }
    // 3. Health, 4. function: also where everything runs as before already.
    await provePlatform(run, restore.snapshot, request);
    if (changes) return new Ending('completed', 'what ran before runs again, and the platform answers');
    return new Ending('no_change', `${run.plan?.finding}, and the platform answers`);
  });
}

async function planNow(
  run: Run,
  { catalog, hash }: { catalog: Catalog; hash: string },
  { sampleMs }: EmergencyRollbackRequest,
  { services, ...restore }: Restore & { stops?: string | undefined },
): Promise<Plan> {
  // A database is no service that scales: there is no count of it to see.
  const scaling = services.filter((service) => Object.hasOwn(catalog.services, service));
  const observation = await perform('observe', [{ services: scaling, sampleMs }], 'what runs now');
  run.before = observation;
  return planRollback({ catalog, catalogHash: hash, observation, ...restore });
}
