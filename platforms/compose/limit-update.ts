import type { LimitChange } from '../../domain/database-operation.ts';
import type { Container } from './observe.ts';

type HostConfig = Container['HostConfig'];

/** What to ask the engine for, and what no engine takes off a container that runs, as sentences. */
export interface LimitUpdate {
  update: Record<string, number>;
  stays: string[];
}

/** The fields of a `docker update` that change the limits; an engine ignores a 0, so that it cannot stand for "none". */
export const limitUpdate = (config: HostConfig, { cpus, memoryBytes }: LimitChange): LimitUpdate => {
  const cpu = cpuOf(config, cpus);
  const memory = memoryOf(config, memoryBytes);
  return { update: { ...cpu.update, ...memory.update }, stays: [...cpu.stays, ...memory.stays] };
};

const nothing: LimitUpdate = { update: {}, stays: [] };

/**
 * The engine refuses the one way of limiting CPU where the other is in use. Where neither is, it gets a quota: a quota is taken off by -1,
 * for good; NanoCpus never are.
 */
const cpuOf = (
  { NanoCpus, CpuQuota, CpuPeriod }: HostConfig,
  cpus: number | null | undefined,
): LimitUpdate => {
  if (cpus === undefined) return nothing;
  if (cpus !== null && NanoCpus) return { update: { NanoCpus: Math.round(cpus * 1e9) }, stays: [] };
  if (cpus !== null) {
    const period = CpuPeriod || 100_000;
    return { update: { CpuPeriod: period, CpuQuota: Math.round(cpus * period) }, stays: [] };
  }
  if (NanoCpus) return { update: {}, stays: [`${NanoCpus / 1e9} CPU`] };
  return CpuQuota && CpuQuota > 0 ? { update: { CpuQuota: -1 }, stays: [] } : nothing;
};

/** Memory and memory with swap are set together: alone, memory cannot grow past the other. The swap stays what it was. */
const memoryOf = (
  { Memory = 0, MemorySwap = 0, MemoryReservation = 0 }: HostConfig,
  memoryBytes: number | null | undefined,
): LimitUpdate => {
  if (memoryBytes === undefined) return nothing;
  if (memoryBytes === null)
    return Memory > 0 ? { update: {}, stays: [`${Memory} bytes of memory`] } : nothing;
  // Docker's own rule for a limit without a word on swap: as much swap again.
  const swapBytes = Memory > 0 && MemorySwap > 0 ? MemorySwap - Memory : memoryBytes;
  return {
    update: {
      Memory: memoryBytes,
      MemorySwap: MemorySwap < 0 ? MemorySwap : memoryBytes + swapBytes,
      ...(MemoryReservation > memoryBytes ? { MemoryReservation: memoryBytes } : {}),
    },
    stays: [],
  };
};
