import type { Counters } from './counters.ts';
import { abortable, call, type Engine } from './engine.ts';
import { readLines } from './lines.ts';

/** The engine samples once a second; two samples a little less than that apart are a second's. */
const longestWindowMs = 900;

interface Raw {
  read: string;
  cpu_stats: { cpu_usage: { total_usage: number }; online_cpus?: number };
  memory_stats: { usage?: number; limit?: number; stats?: Record<string, number> };
}

/** The first two samples of a container's stats stream that are about `windowMs` apart. Its own percentage takes longer. */
export async function streamCounters(
  { docker }: Engine,
  id: string,
  windowMs: number,
  signal?: AbortSignal,
): Promise<[Counters, Counters]> {
  const options = { stream: true as const, ...abortable(signal) };
  const stream = (await call(
    () => docker.getContainer(id).stats(options),
    signal,
  )) as NodeJS.ReadableStream & { destroy(): void };
  try {
    let first: Counters | undefined;
    for await (const line of readLines(stream)) {
      const counters = countersOf(JSON.parse(line) as Raw);
      first ??= counters;
      if (counters.atMs - first.atMs >= Math.min(windowMs, longestWindowMs)) return [first, counters];
    }
    throw new Error('it ended while it was measured');
  } finally {
    stream.destroy();
  }
}

/** cgroup v1 calls page cache that can be given back at once `total_inactive_file`, v2 `inactive_file`. */
export function countersOf({ read, cpu_stats: cpu, memory_stats: memory }: Raw): Counters {
  const { usage, limit = 0, stats = {} } = memory;
  if (usage === undefined) throw new Error('it ended while it was measured');
  const reclaimable = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0;
  return {
    atMs: Date.parse(read),
    cpuNs: cpu.cpu_usage.total_usage,
    memoryBytes: Math.max(0, usage - reclaimable),
    hostCpus: cpu.online_cpus ?? 1,
    hostMemoryBytes: limit,
  };
}
