import { planReadReplica } from '../domain/plan-read-replica.ts';
import { needsWord } from '../domain/plan-resize.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { leasePriority } from './contracts.ts';
import { addReadReplicaInput, type AddReadReplicaInput } from './contracts/add-read-replica.ts';
import { perform } from './engine/activities.ts';
import { carryOutResize } from './engine/downtime.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';

/** Runbook 3.3, "Read Replicas": a standby that streams from the primary, which does not stop for it. */
export async function addReadReplica(input: AddReadReplicaInput): Promise<ProcedureResult> {
  const request = parseInput('addReadReplica', addReadReplicaInput, input);
  const run = new Run('addReadReplica', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, name, maxLagBytes, sampleMs } = request;
    const [container, readings, replication] = await Promise.all([
      perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
      perform('readPostgres', [{ database, settings: [] }], 'its symptoms'),
      perform(
        'readReplication',
        [{ database, replica: name }],
        'its slots, standbys, and names that are taken',
      ),
    ]);
    const plan = planReadReplica({
      catalog,
      catalogHash: hash,
      observedAtMs: Date.now(),
      database,
      container,
      readings,
      replication,
      replica: name,
      maxLagBytes,
    });
    if (needsWord(plan)) run.request.approval = 'required';
    await agreeOn(run, plan);
    await takeLease(run, [container.service], leasePriority.planned);
    await carryOutResize(run, plan, request);
    return new Ending('completed', `${name} streams from ${container.service}; nothing stopped for it`);
  });
}
