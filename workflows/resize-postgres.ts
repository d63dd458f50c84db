import { planPostgres } from '../domain/plan-postgres.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { askedOf } from './contracts/database.ts';
import { resizePostgresInput, type ResizePostgresInput } from './contracts/resize-postgres.ts';
import { perform } from './engine/activities.ts';
import { parseInput } from './engine/input.ts';
import { carryOut } from './engine/procedure.ts';
import { resize } from './engine/resize.ts';
import { Run } from './engine/run.ts';

/** Runbook 3.3: a larger PostgreSQL with the runbook's settings; one restart, and that only for what needs one. */
export async function resizePostgres(input: ResizePostgresInput): Promise<ProcedureResult> {
  const request = parseInput('resizePostgres', resizePostgresInput, input);
  const run = new Run('resizePostgres', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, settings, sampleMs, cpus, memoryBytes } = request;
    return resize(run, request, async () => {
      const [container, readings] = await Promise.all([
        perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
        perform('readPostgres', [{ database, settings: Object.keys(settings) }], 'its settings and symptoms'),
      ]);
      return planPostgres({
        catalog,
        catalogHash: hash,
        observedAtMs: Date.now(),
        database,
        container,
        readings,
        asked: {
          ...askedOf(request, { cpus, memoryBytes }),
          settings,
          standbysAreReady: request.acknowledgeStandbys,
        },
      });
    });
  });
}
