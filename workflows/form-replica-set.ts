import type { Plan } from '../domain/plan.ts';
import { planReplicaSet } from '../domain/plan-replica-set.ts';
import { needsWord } from '../domain/plan-resize.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { initiateId, secondariesOf } from '../domain/replica-set-steps.ts';
import { leasePriority } from './contracts.ts';
import { backupWordOf } from './contracts/database.ts';
import {
  formReplicaSetInput,
  type FormReplicaSetInput,
  type FormReplicaSetRequest,
} from './contracts/form-replica-set.ts';
import { perform } from './engine/activities.ts';
import { removeReplaced, underDowntimeGuard } from './engine/downtime.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';
import { executeSteps } from './engine/steps.ts';

/** Runbook 3.1, "Horizontal Scaling": a replica set, with the standing node and its data as the first member. */
export async function formReplicaSet(input: FormReplicaSetInput): Promise<ProcedureResult> {
  const request = parseInput('formReplicaSet', formReplicaSetInput, input);
  const run = new Run('formReplicaSet', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, sampleMs, set } = request;
    const secondaries = secondariesOf(catalog, database, request.secondaries);
    const [container, readings, { node, taken }] = await Promise.all([
      perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
      perform('readMongodb', [{ database }], 'its connections and symptoms'),
      perform('readMongodbNode', [{ database, names: secondaries }], 'how it was started, and its set'),
    ]);
    const plan = planReplicaSet({
      catalog,
      catalogHash: hash,
      observedAtMs: Date.now(),
      database,
      container,
      readings,
      node,
      taken,
      set,
      secondaries,
      acknowledged: request.acknowledgeNoUndo,
      backup: backupWordOf(request.backup),
      downtimeBudgetMs: request.downtimeBudgetMs,
    });
    if (needsWord(plan)) run.request.approval = 'required';
    await agreeOn(run, plan);
    await takeLease(run, [container.service], leasePriority.planned);
    await form(run, plan, request);
    return new Ending('completed', `${set} has ${secondaries.length + 1} members, each with all the data`);
  });
}

/** A node that waits for its set takes no writes: they are watched from where it does. */
async function form(run: Run, plan: Plan, request: FormReplicaSetRequest): Promise<void> {
  const { database, probeEveryMs, joinTimeoutMs } = request;
  const { downtime } = plan;
  const times = { readyTimeoutMs: joinTimeoutMs, rebalanceTimeoutMs: 0, reachTimeoutMs: 0, lagTimeoutMs: 0 };
  const first = plan.steps.filter(({ id }) => id === initiateId);
  const others = plan.steps.filter(({ id }) => id !== initiateId);
  await executeSteps(run, times, first);
  await underDowntimeGuard(run, { database, downtime, probeEveryMs }, () => executeSteps(run, times, others));
  if (downtime !== undefined) await removeReplaced(run, database);
}
