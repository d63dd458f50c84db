import { formatBytes, formatCount } from './format.ts';
import type { HostObservation, Resources } from './observation.ts';
import { valueOf } from './reading.ts';

/**
 * CPU limits are ceilings and are shared: a host carries more of them than it has CPUs. A plan is stopped only when
 * all limits together would pass this many times the host's CPUs *and* what it adds alone is more than the host has.
 */
export const cpuOvercommit = 4;

export interface Room {
  /** How many of the wanted replicas fit. */
  count: number;
  /** Why not all of them, in a sentence. */
  why?: string;
  /** Worth knowing, but no reason to stop. */
  notes: string[];
}

/** What a plan takes from the host, step after step. */
export interface Taken {
  cpus: number;
  memoryBytes: number;
}
export const nothingTaken: Taken = { cpus: 0, memoryBytes: 0 };

/**
 * How many more replicas the hosts carry. Memory must fit into what is available, since a host without memory kills;
 * a need or a room that is unknown is said and stops nothing.
 * @param each limits of one replica (else the catalog's baseline)
 * @param taken what earlier steps of the same plan take
 */
export const roomFor = (host: HostObservation, each: Resources, taken: Taken, wanted: number): Room => {
  const memory = memoryRoom(host, each, taken, wanted);
  const cpu = cpuRoom(host, each, taken, wanted);
  const tightest = memory.count <= cpu.count ? memory : cpu;
  return { ...tightest, notes: [...memory.notes, ...cpu.notes] };
};

export const takeFor = (taken: Taken, each: Resources, count: number): Taken => ({
  cpus: taken.cpus + count * (each.cpus ?? 0),
  memoryBytes: taken.memoryBytes + count * (each.memoryBytes ?? 0),
});

const memoryRoom = (host: HostObservation, each: Resources, taken: Taken, wanted: number): Room => {
  const available = valueOf(host.availableMemoryBytes);
  if (available === undefined) return { count: wanted, notes: ['free memory of the host is unknown'] };
  if (each.memoryBytes === undefined || each.memoryBytes <= 0)
    return {
      count: wanted,
      notes: ['what memory a replica needs is unknown: it has no limit and no baseline'],
    };
  const left = Math.max(0, available - taken.memoryBytes);
  const count = Math.min(wanted, Math.floor(left / each.memoryBytes));
  if (count === wanted) return { count, notes: [] };
  const need = formatBytes(wanted * each.memoryBytes);
  return {
    count,
    why: `${formatCount(wanted, 'more replica')} need ${need} of memory, the host has ${formatBytes(left)} left`,
    notes: [],
  };
};

const cpuRoom = (host: HostObservation, each: Resources, taken: Taken, wanted: number): Room => {
  const reserved = valueOf(host.reservedCpus);
  if (reserved === undefined) return { count: wanted, notes: ['CPUs given out on the host are unknown'] };
  if (each.cpus === undefined || each.cpus <= 0)
    return { count: wanted, notes: ['what CPU a replica needs is unknown: it has no limit and no baseline'] };
  const ceiling = Math.max(host.cpus * cpuOvercommit - reserved, host.cpus) - taken.cpus;
  const count = Math.min(wanted, Math.max(0, Math.floor(ceiling / each.cpus + 1e-9)));
  const total = reserved + taken.cpus + wanted * each.cpus;
  if (count < wanted) {
    const why = `CPU limits would add up to ${round(total)} on a host of ${host.cpus} CPUs, more than ${cpuOvercommit} times`;
    return { count, why, notes: [] };
  }
  if (total <= host.cpus) return { count, notes: [] };
  return {
    count,
    notes: [`CPU limits add up to ${round(total)} on a host of ${host.cpus} CPUs: they share`],
  };
};

const round = (value: number): number => Math.round(value * 100) / 100;
