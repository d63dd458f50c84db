import { maxmemoryOfLimit, planRedis } from '../domain/plan-redis.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { askedOf } from './contracts/database.ts';
import { resizeRedisInput, type ResizeRedisInput } from './contracts/resize-redis.ts';
import { perform } from './engine/activities.ts';
import { parseInput } from './engine/input.ts';
import { carryOut } from './engine/procedure.ts';
import { resize } from './engine/resize.ts';
import { Run } from './engine/run.ts';

/** Runbook 3.4: more memory for Redis and what it keeps in it, live. */
export async function resizeRedis(input: ResizeRedisInput): Promise<ProcedureResult> {
  const request = parseInput('resizeRedis', resizeRedisInput, input);
  const run = new Run('resizeRedis', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, sampleMs, cpus, memoryBytes, maxmemoryPolicy, save, appendonly } = request;
    const maxmemory = String(request.maxmemoryBytes ?? Math.floor(memoryBytes * maxmemoryOfLimit));
    const limits = { memoryBytes, ...(cpus === undefined ? {} : { cpus }) };
    const settings = { maxmemory, 'maxmemory-policy': maxmemoryPolicy, save, appendonly };
    return resize(run, request, async () => {
      const [container, readings] = await Promise.all([
        perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
        perform('readRedis', [{ database, sampleMs }], 'its settings and symptoms', sampleMs),
      ]);
      return planRedis({
        catalog,
        catalogHash: hash,
        observedAtMs: Date.now(),
        database,
        container,
        readings,
        asked: { ...askedOf(request, limits), settings },
      });
    });
  });
}
