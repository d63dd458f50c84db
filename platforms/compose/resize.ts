import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { LimitChange } from '../../domain/database-operation.ts';
import { valueOf } from '../../domain/reading.ts';
import type { WriteContext } from '../platform.ts';
import { abortable, call, type Engine } from './engine.ts';
import { refuseOldToken } from './fencing.ts';
import { limitUpdate } from './limit-update.ts';
import { inspectAll, limitsOf, nameOf, type Container } from './observe.ts';
import { usageOf } from './stats.ts';

/**
 * Changes CPU and memory of the running replicas without a restart.
 * @throws NotScalable for less memory than is in use, and for a limit that cannot be taken off, when all else is changed
 */
export async function resize(
  engine: Engine,
  service: string,
  limits: LimitChange,
  { fencingToken, signal, onProgress }: WriteContext,
): Promise<void> {
  const found = await inspectAll(engine, [service], signal);
  refuseOldToken(engine, service, found, fencingToken);
  const running = found.filter(({ State }) => State.Running);
  await refuseBelowUse(engine, running, limits, signal);
  const stays: string[] = [];
  for (const info of running) {
    const change = limitUpdate(info.HostConfig, limits);
    stays.push(...change.stays.map((limit) => `${nameOf(info)} keeps ${limit}`));
    if (Object.keys(change.update).length === 0) continue;
    const update = { ...change.update, ...abortable(signal) };
    await call(() => engine.docker.getContainer(info.Id).update(update), signal);
    onProgress?.(`resized ${nameOf(info)}`);
  }
  if (stays.length > 0)
    throw new CrescendoError(
      'NotScalable',
      `${stays.join(', ')}: the engine takes no limit off a container that runs; it is gone when the container is made anew`,
    );
}

/** Below its use the kernel refuses (cgroup v1) or kills (v2): neither is tried. */
async function refuseBelowUse(
  engine: Engine,
  running: readonly Container[],
  { memoryBytes }: LimitChange,
  signal?: AbortSignal,
): Promise<void> {
  if (memoryBytes == null) return;
  const smaller = running.filter((info) => memoryBytes < (limitsOf(info).memoryBytes ?? Infinity));
  const usage = await usageOf(engine, smaller, 200, signal);
  for (const [name, { memoryBytes: used }] of Object.entries(usage)) {
    const now = valueOf(used);
    if (now !== undefined && now < memoryBytes) continue;
    const use = now === undefined ? 'an unknown amount of memory' : `${now} bytes`;
    throw new CrescendoError(
      'NotScalable',
      `${name} uses ${use}: its limit is not lowered to ${memoryBytes} bytes`,
      { replica: name, usedBytes: now, memoryBytes },
    );
  }
}
