import type { Catalog, ServiceSpec } from './catalog.ts';
import { formatCount, formatPercent, formatPerMinute } from './format.ts';
import type { Observation } from './observation.ts';
import { valueOf } from './reading.ts';
import { scaleUpAbove } from './runbook-numbers.ts';
import { frontDoorOf } from './service-readings.ts';

export interface Need {
  /** Replicas that are enough. */
  needed: number;
  because: string;
  /** Whether fewer surely are not: else it may be tried, watched by a gate. */
  certain: boolean;
}

/**
 * Replicas that carry what comes now: by the catalog's capacity and the rate at the front door, where both are known; else by the CPU of
 * all replicas, which holds what each costs even idle, and counts only when the rest would be short of all CPU.
 */
export const needOf = (
  { catalog, observation }: { catalog: Catalog; observation: Observation },
  { name, capacity }: ServiceSpec,
  floor: number,
  cpu: number,
): Need => {
  const frontDoor = frontDoorOf(catalog);
  const rate =
    frontDoor === undefined ? undefined : valueOf(observation.services[frontDoor]?.requestRatePerMinute);
  if (capacity !== undefined && rate !== undefined) {
    const needed = Math.ceil(rate / capacity.perMinute);
    const because = `${formatPerMinute(rate)} need ${formatCount(needed, 'replica')} of ${name}, which carry ${formatPerMinute(capacity.perMinute)} each`;
    return { needed, because, certain: true };
  }
  const because = `with ${formatCount(floor, 'replica')} ${name} would use ${formatPercent(cpu / floor)} of its CPU`;
  return { needed: Math.ceil(cpu / scaleUpAbove.cpuOfLimit), because, certain: cpu >= floor };
};

/** CPU of all replicas in limits of one; `undefined` where one is not known. */
export const cpuInAll = (seen: Observation, service: string): number | undefined => {
  const values = Object.values(seen.services[service]?.usage ?? {}).map(({ cpuOfLimit }) =>
    valueOf(cpuOfLimit),
  );
  if (values.length === 0 || values.includes(undefined)) return undefined;
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
};
