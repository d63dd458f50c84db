import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Resources } from '../../domain/observation.ts';
import { valueOf } from '../../domain/reading.ts';
import type { WriteContext } from '../platform.ts';
import { call, type Engine } from './engine.ts';
import { observe } from './observe.ts';
import { refuseOldToken } from './scale.ts';
import { stats } from './stats.ts';

/** Changes CPU and memory of the running replicas without a restart. Memory and swap are set together: alone, neither grows. */
export async function resize(
  engine: Engine,
  service: string,
  { cpus, memoryBytes }: Resources,
  context: WriteContext,
): Promise<void> {
  await refuseOldToken(engine, service, context.fencingToken);
  const replicas = (await observe(engine, [service], context.signal))[service] ?? [];
  if (memoryBytes !== undefined) await refuseBelowUse(engine, service, memoryBytes, context.signal);
  for (const { id, state } of replicas) {
    if (state !== 'running') continue;
    await call(() =>
      engine.docker.getContainer(id).update({
        ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
        ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      }),
    );
  }
}

/** Below its use the kernel refuses (cgroup v1) or kills (v2): neither is tried. */
async function refuseBelowUse(
  engine: Engine,
  service: string,
  memoryBytes: number,
  signal?: AbortSignal,
): Promise<void> {
  const usage = await stats(engine, [service], {
    windowMs: 500,
    ...(signal === undefined ? {} : { signal }),
  });
  for (const [name, { memoryBytes: used }] of Object.entries(usage)) {
    const now = valueOf(used);
    if (now === undefined)
      throw new CrescendoError(
        'NotScalable',
        `${name}: its use of memory is unknown, so it is not made smaller`,
      );
    if (now < memoryBytes) continue;
    throw new CrescendoError(
      'NotScalable',
      `${name} uses ${now} bytes, more than the new limit of ${memoryBytes}`,
    );
  }
}
