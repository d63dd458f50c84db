import { setTimeout as delay } from 'node:timers/promises';
import type { ReplicaUsage } from '../../domain/observation.ts';
import { known, unknown } from '../../domain/reading.ts';
import { findCgroup, readCgroup } from './cgroup.ts';
import type { Counters } from './counters.ts';
import type { Engine } from './engine.ts';
import { inspectAll, limitsOf, nameOf, type Container } from './observe.ts';
import { streamCounters } from './stats-stream.ts';

/** The kernel hands out CPU in slices of 100 ms: a shorter window tells of the slice, not of the load. */
const shortestWindowMs = 200;

/**
 * CPU and memory of every running replica over about `windowMs`, all at once. Where the engine is on this host, the kernel's
 * own counters are read twice; elsewhere the engine's stats stream, which gives one sample a second.
 */
export async function stats(
  engine: Engine,
  services: readonly string[],
  { windowMs, signal }: { windowMs: number; signal?: AbortSignal },
): Promise<Record<string, ReplicaUsage>> {
  return usageOf(engine, await inspectAll(engine, services, signal), windowMs, signal);
}

/** The same for containers that were inspected already. */
export async function usageOf(
  engine: Engine,
  containers: readonly Container[],
  windowMs: number,
  signal?: AbortSignal,
): Promise<Record<string, ReplicaUsage>> {
  const running = containers.filter(({ State }) => State.Running);
  const entries = running.map(async (info) => {
    const usage = await measure(engine, info, Math.max(windowMs, shortestWindowMs), signal);
    return [nameOf(info), usage] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function measure(
  engine: Engine,
  info: Container,
  windowMs: number,
  signal?: AbortSignal,
): Promise<ReplicaUsage> {
  try {
    const cgroup = await findCgroup(info);
    if (cgroup === undefined)
      return usageBetween(info, await streamCounters(engine, info.Id, windowMs, signal), 'docker stats');
    const first = await readCgroup(cgroup);
    await delay(windowMs, undefined, signal === undefined ? {} : { signal });
    return usageBetween(info, [first, await readCgroup(cgroup)], 'cgroup');
  } catch (error) {
    signal?.throwIfAborted();
    return unread(error instanceof Error ? error.message : String(error));
  }
}

/** CPU as a ratio of the container's limit, or of the host where it has none; memory without page cache the same way. */
export function usageBetween(
  info: Pick<Container, 'HostConfig'>,
  [first, last]: readonly [Counters, Counters],
  source: string,
): ReplicaUsage {
  const cpus = (last.cpuNs - first.cpuNs) / 1e6 / (last.atMs - first.atMs);
  const limits = limitsOf(info);
  return {
    cpus: known(cpus, source),
    cpuOfLimit: known(cpus / (limits.cpus ?? last.hostCpus), source),
    memoryBytes: known(last.memoryBytes, source),
    memoryOfLimit: known(last.memoryBytes / (limits.memoryBytes ?? last.hostMemoryBytes), source),
  };
}

function unread(reason: string): ReplicaUsage {
  const reading = unknown(reason, 'stats');
  return { cpus: reading, cpuOfLimit: reading, memoryBytes: reading, memoryOfLimit: reading };
}
