import { defaultCacheBytes } from '../domain/mongodb-rules.ts';
import { planMongodb } from '../domain/plan-mongodb.ts';
import { needsWord } from '../domain/plan-resize.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { leasePriority } from './contracts.ts';
import { askedOf } from './contracts/database.ts';
import { resizeMongodbInput, type ResizeMongodbInput } from './contracts/resize-mongodb.ts';
import { perform } from './engine/activities.ts';
import { carryOutResize } from './engine/downtime.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';

/** Runbook 3.1: more CPU, memory and cache for MongoDB, live. */
export async function resizeMongodb(input: ResizeMongodbInput): Promise<ProcedureResult> {
  const request = parseInput('resizeMongodb', resizeMongodbInput, input);
  const run = new Run('resizeMongodb', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, sampleMs, cpus, memoryBytes } = request;
    const cacheBytes = request.cacheBytes ?? defaultCacheBytes(memoryBytes);
    const [container, readings] = await Promise.all([
      perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
      perform('readMongodb', [{ database }], 'its cache, connections and symptoms'),
    ]);
    const plan = planMongodb({
      catalog,
      catalogHash: hash,
      observedAtMs: Date.now(),
      database,
      container,
      readings,
      asked: { ...askedOf(request, { cpus, memoryBytes }), cacheBytes },
    });
    if (needsWord(plan)) run.request.approval = 'required';
    await agreeOn(run, plan);
    await takeLease(run, [container.service], leasePriority.planned);
    await carryOutResize(run, plan, request);
    const after = await perform('readMongodb', [{ database }], 'its connections afterwards');
    run.note(`connections ${readings.connections.current} before, ${after.connections.current} after`);
    return new Ending('completed', plan.finding);
  });
}
