import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Resources } from '../../domain/observation.ts';
import { valueOf } from '../../domain/reading.ts';
import type { WriteContext } from '../platform.ts';
import { abortable, call, type Engine } from './engine.ts';
import { refuseOldToken } from './fencing.ts';
import { inspectAll, limitsOf, nameOf, type Container } from './observe.ts';
import { usageOf } from './stats.ts';

/** Changes CPU and memory of the running replicas without a restart. @throws NotScalable for less memory than is in use */
export async function resize(
  engine: Engine,
  service: string,
  resources: Resources,
  { fencingToken, signal, onProgress }: WriteContext,
): Promise<void> {
  const found = await inspectAll(engine, [service], signal);
  refuseOldToken(engine, service, found, fencingToken);
  const running = found.filter(({ State }) => State.Running);
  await refuseBelowUse(engine, running, resources, signal);
  for (const info of running) {
    const update = { ...cpuOf(info, resources), ...memoryOf(info, resources), ...abortable(signal) };
    await call(() => engine.docker.getContainer(info.Id).update(update), signal);
    onProgress?.(`resized ${nameOf(info)}`);
  }
}

/** The engine refuses the one way of limiting CPU where the other is in use. */
function cpuOf({ HostConfig }: Container, { cpus }: Resources): object {
  if (cpus === undefined) return {};
  if (!HostConfig.CpuQuota || HostConfig.CpuQuota <= 0) return { NanoCpus: Math.round(cpus * 1e9) };
  const CpuPeriod = HostConfig.CpuPeriod || 100_000;
  return { CpuPeriod, CpuQuota: Math.round(cpus * CpuPeriod) };
}

/** Memory and memory with swap are set together: alone, memory cannot grow past the other. The swap stays what it was. */
function memoryOf({ HostConfig }: Container, { memoryBytes }: Resources): object {
  if (memoryBytes === undefined) return {};
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0 } = HostConfig;
  // Docker's own rule for a limit without a word on swap: as much swap again.
  const swapBytes = Memory > 0 && MemorySwap > 0 ? MemorySwap - Memory : memoryBytes;
  return {
    Memory: memoryBytes,
    MemorySwap: MemorySwap < 0 ? MemorySwap : memoryBytes + swapBytes,
    ...(MemoryReservation > memoryBytes ? { MemoryReservation: memoryBytes } : {}),
  };
}

/** Below its use the kernel refuses (cgroup v1) or kills (v2): neither is tried. */
async function refuseBelowUse(
  engine: Engine,
  running: readonly Container[],
  { memoryBytes }: Resources,
  signal?: AbortSignal,
): Promise<void> {
  if (memoryBytes === undefined) return;
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
