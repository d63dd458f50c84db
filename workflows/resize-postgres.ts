import { needsWord } from '../domain/plan-resize.ts';
import { planPostgres } from '../domain/plan-postgres.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { leasePriority } from './contracts.ts';
import { askedOf } from './contracts/database.ts';
import { resizePostgresInput, type ResizePostgresInput } from './contracts/resize-postgres.ts';
import { perform } from './engine/activities.ts';
import { carryOutResize } from './engine/downtime.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';

/** Runbook 3.3: a larger PostgreSQL with the runbook's settings; one restart, and that only for what needs one. */
export async function resizePostgres(input: ResizePostgresInput): Promise<ProcedureResult> {
  const request = parseInput('resizePostgres', resizePostgresInput, input);
  const run = new Run('resizePostgres', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, settings, sampleMs, cpus, memoryBytes } = request;
    const [container, readings] = await Promise.all([
      perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
      perform('readPostgres', [{ database, settings: Object.keys(settings) }], 'its settings and symptoms'),
    ]);
    const plan = planPostgres({
      catalog,
      catalogHash: hash,
      observedAtMs: Date.now(),
      database,
      container,
      readings,
      asked: { ...askedOf(request, { cpus, memoryBytes }), settings },
    });
    if (needsWord(plan)) run.request.approval = 'required';
    await agreeOn(run, plan);
    await takeLease(run, [container.service], leasePriority.planned);
    return carryOutResize(run, plan, request);
  });
}
