import { formatBytes } from './format.ts';
import type { Refusal } from './plan.ts';

export interface MemoryAsked {
  /** Path of the input, for the refusal. */
  path: string;
  service: string;
  /** The limit that was asked for, and the one that there is (`undefined`: none). */
  wantedBytes: number;
  nowBytes: number | undefined;
  /** In use by the container now; `undefined` when nobody could say. */
  usedBytes: number | undefined;
  /** Free memory of the host; `undefined` when nobody could say. */
  hostFreeBytes: number | undefined;
}

/** A container that is given less than it uses is killed (cgroup v2) or refused (v1): a tenth more is asked for. */
const aboveUse = 1.1;

/**
 * What speaks against a new memory limit: more than the host has left, or less than is in use. A reading that is unknown stops
 * nothing on the way up, and everything on the way down.
 */
export const memoryRefusals = (asked: MemoryAsked): Refusal[] => {
  const { path, service, wantedBytes, nowBytes, usedBytes, hostFreeBytes } = asked;
  const more = wantedBytes - (usedBytes ?? nowBytes ?? 0);
  if (hostFreeBytes !== undefined && more > hostFreeBytes)
    return [
      {
        rule: 'memory.host',
        path,
        message: `${service} may take ${formatBytes(more)} more than now, the host has ${formatBytes(hostFreeBytes)} left`,
        remedy: 'ask for less, or make room on the host',
      },
    ];
  if (nowBytes !== undefined && wantedBytes >= nowBytes) return [];
  if (usedBytes === undefined)
    return [
      {
        rule: 'memory.use-unknown',
        path,
        message: `nobody could see what ${service} uses, and a limit below that kills it`,
        remedy: 'plan again when the platform says what it uses',
      },
    ];
  if (wantedBytes >= usedBytes * aboveUse) return [];
  return [
    {
      rule: 'memory.in-use',
      path,
      message: `${service} uses ${formatBytes(usedBytes)}, ${formatBytes(wantedBytes)} would kill it`,
      remedy: `ask for ${formatBytes(Math.ceil(usedBytes * aboveUse))} at least`,
    },
  ];
};
