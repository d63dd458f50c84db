import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Counters } from './counters.ts';
import type { Container } from './observe.ts';

/** The files in which the kernel of this host counts for one container. */
export interface Cgroup {
  cpu: { file: string; nsOf: (text: string) => number };
  memoryUsage: string;
  memoryStat: string;
  /** Key of `memoryStat` for page cache that can be given back at once. */
  reclaimable: string;
}

const root = '/sys/fs/cgroup';

/**
 * The control group of a container, `undefined` when it is not one of this host's: the engine is elsewhere, or this process
 * sees other process ids or no control groups. The container's id in the path proves that it is the right one.
 */
export async function findCgroup({
  Id,
  State,
}: Pick<Container, 'Id' | 'State'>): Promise<Cgroup | undefined> {
  try {
    const paths = pathsOf(await readFile(`/proc/${State.Pid}/cgroup`, 'utf8'), Id);
    const cgroup = paths === undefined ? undefined : filesOf(paths);
    if (cgroup !== undefined) await readFile(cgroup.memoryUsage);
    return cgroup;
  } catch {
    return undefined;
  }
}

/** By controller, version 2's under ''. */
export function pathsOf(text: string, id: string): Record<string, string> | undefined {
  const lines = text.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
  });
  if (!lines.some(({ path }) => path.includes(id))) return undefined;
  return Object.fromEntries(
    lines.flatMap(({ controllers, path }) => controllers.split(',').map((controller) => [controller, path])),
  );
}

function filesOf(paths: Record<string, string>): Cgroup | undefined {
  const { cpuacct, memory, '': unified } = paths;
  if (cpuacct !== undefined && memory !== undefined)
    return {
      cpu: { file: join(root, 'cpuacct', cpuacct, 'cpuacct.usage'), nsOf: Number },
      memoryUsage: join(root, 'memory', memory, 'memory.usage_in_bytes'),
      memoryStat: join(root, 'memory', memory, 'memory.stat'),
      reclaimable: 'total_inactive_file',
    };
  if (unified === undefined) return undefined;
  return {
    cpu: { file: join(root, unified, 'cpu.stat'), nsOf: (text) => valueIn(text, 'usage_usec') * 1_000 },
    memoryUsage: join(root, unified, 'memory.current'),
    memoryStat: join(root, unified, 'memory.stat'),
    reclaimable: 'inactive_file',
  };
}

export async function readCgroup({ cpu, memoryUsage, memoryStat, reclaimable }: Cgroup): Promise<Counters> {
  const files = [cpu.file, memoryUsage, memoryStat].map((file) => readFile(file, 'utf8'));
  const [cpuText = '', usage = '', stat = ''] = await Promise.all(files);
  return {
    atMs: performance.now(),
    cpuNs: cpu.nsOf(cpuText),
    memoryBytes: Math.max(0, Number(usage) - valueIn(stat, reclaimable)),
    hostCpus: availableParallelism(),
    hostMemoryBytes: totalmem(),
  };
}

/** A line `key value`. */
function valueIn(text: string, key: string): number {
  const value = new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`the kernel does not count ${key}`);
  return Number(value);
}
