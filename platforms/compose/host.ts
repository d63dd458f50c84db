import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import type { HostObservation } from '../../domain/observation.ts';
import { known, unknown } from '../../domain/reading.ts';
import { abortable, call, type Engine } from './engine.ts';

/** Takes options like every other call, which its published types leave out. */
interface InfoApi {
  info(options: { abortSignal?: AbortSignal }): Promise<{ NCPU: number; MemTotal: number }>;
}

/** CPUs and memory of the engine's host. What is reserved is summed up by who knows the use of every replica. */
export async function host({ docker, spec }: Engine, signal?: AbortSignal): Promise<HostObservation> {
  const info = await call(() => (docker as InfoApi).info(abortable(signal)), signal);
  const remote = spec.socketPath === undefined && /^tcp:|^ssh:/.test(process.env['DOCKER_HOST'] ?? '');
  const notSummed = unknown('not summed up', 'compose');
  return {
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    reservedCpus: notSummed,
    reservedMemoryBytes: notSummed,
    availableMemoryBytes: remote
      ? unknown('the engine runs on another host', 'host')
      : known(await availableBytes(), 'host'),
  };
}

/** MemAvailable counts the page cache that can be given back; freemem does not. */
async function availableBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1];
  return kib === undefined ? freemem() : Number(kib) * 1024;
}
