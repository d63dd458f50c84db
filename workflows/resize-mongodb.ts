import { defaultCacheBytes } from '../domain/mongodb-rules.ts';
import { planMongodb } from '../domain/plan-mongodb.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { askedOf } from './contracts/database.ts';
import { resizeMongodbInput, type ResizeMongodbInput } from './contracts/resize-mongodb.ts';
import { perform } from './engine/activities.ts';
import { parseInput } from './engine/input.ts';
import { carryOut } from './engine/procedure.ts';
import { resize } from './engine/resize.ts';
import { Run } from './engine/run.ts';

/** Runbook 3.1: more CPU, memory and cache for MongoDB, live. */
export async function resizeMongodb(input: ResizeMongodbInput): Promise<ProcedureResult> {
  const request = parseInput('resizeMongodb', resizeMongodbInput, input);
  const run = new Run('resizeMongodb', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, sampleMs, cpus, memoryBytes } = request;
    const cacheBytes = request.cacheBytes ?? defaultCacheBytes(memoryBytes);
    let before = 0;
    const ending = await resize(run, request, async () => {
      const [container, readings] = await Promise.all([
        perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
        perform('readMongodb', [{ database }], 'its cache, connections and symptoms'),
      ]);
      before = readings.connections.current;
      return planMongodb({
        catalog,
        catalogHash: hash,
        observedAtMs: Date.now(),
        database,
        container,
        readings,
        asked: { ...askedOf(request, { cpus, memoryBytes }), cacheBytes },
      });
    });
    const after = await perform('readMongodb', [{ database }], 'its connections afterwards');
    run.note(`connections ${before} before, ${after.connections.current} after`);
    return ending;
  });
}
