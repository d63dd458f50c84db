import type Dockerode from 'dockerode';
import type { ReplicaUsage } from '../../domain/observation.ts';
import { known, unknown } from '../../domain/reading.ts';
import { call, labels, type Engine } from './engine.ts';
import { inspectAll, limitsOf } from './observe.ts';

interface Sample {
  atMs: number;
  cpuNs: number;
  memoryBytes: number;
  hostCpus: number;
  hostMemoryBytes: number;
}

/**
 * CPU and memory of every running replica over about `windowMs`, all at once. Two single samples cost the engine nothing
 * but the reading of counters; its own `stats` waits two seconds to make a percentage.
 */
export async function stats(
  engine: Engine,
  services: readonly string[],
  { windowMs, signal }: { windowMs: number; signal?: AbortSignal },
): Promise<Record<string, ReplicaUsage>> {
  const running = (await inspectAll(engine, services, signal)).filter(({ State }) => State.Running);
  const entries = running.map(async (info) => {
    const name = info.Name.replace(/^\//, '');
    const usage = await usageOf(engine, info, windowMs, signal);
    return [name, usage] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function usageOf(
  { docker }: Engine,
  info: Dockerode.ContainerInspectInfo,
  windowMs: number,
  signal?: AbortSignal,
): Promise<ReplicaUsage> {
  try {
    const samples = await twoSamples(docker, info.Id, windowMs, signal);
    if (samples === undefined) return unread('it ended while it was measured');
    return usageBetween(info, ...samples);
  } catch (error) {
    signal?.throwIfAborted();
    return unread(error instanceof Error ? error.message : String(error));
  }
}

/** The first two samples of a stats stream that are at least 400 ms, or the window, apart. */
async function twoSamples(
  docker: Dockerode,
  id: string,
  windowMs: number,
  signal?: AbortSignal,
): Promise<[Sample, Sample] | undefined> {
  const stream = (await call(() =>
    docker.getContainer(id).stats({ stream: true }),
  )) as NodeJS.ReadableStream & {
    destroy(): void;
  };
  const abort = (): void => stream.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    let rest = '';
    let first: Sample | undefined;
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text !== '')) {
        const sample = sampleOf(line);
        if (first === undefined) first = sample;
        else if (sample.atMs - first.atMs >= Math.min(windowMs, 900)) return [first, sample];
      }
    }
    return undefined;
  } finally {
    signal?.removeEventListener('abort', abort);
    stream.destroy();
  }
}

function sampleOf(line: string): Sample {
  const raw = JSON.parse(line) as {
    read: string;
    cpu_stats: { cpu_usage: { total_usage: number }; online_cpus?: number };
    memory_stats: { usage?: number; limit?: number; stats?: Record<string, number> };
  };
  const { usage = 0, limit = 0, stats: memory = {} } = raw.memory_stats;
  // Page cache that can be given back at once is no pressure: cgroup v1 calls it total_inactive_file, v2 inactive_file.
  const reclaimable = memory['total_inactive_file'] ?? memory['inactive_file'] ?? 0;
  return {
    atMs: Date.parse(raw.read),
    cpuNs: raw.cpu_stats.cpu_usage.total_usage,
    memoryBytes: Math.max(0, usage - reclaimable),
    hostCpus: raw.cpu_stats.online_cpus ?? 1,
    hostMemoryBytes: limit,
  };
}

function usageBetween(info: Dockerode.ContainerInspectInfo, first: Sample, last: Sample): ReplicaUsage {
  const cpus = (last.cpuNs - first.cpuNs) / 1e6 / (last.atMs - first.atMs);
  const limits = limitsOf(info);
  const source = `stats of ${info.Config.Labels[labels.service] ?? 'the engine'}`;
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
