import { formatBytes, formatCount } from './format.ts';
import type { Resources } from './observation.ts';
import type { Refusal } from './plan.ts';
import type { PlannedPlanInput } from './plan-planned.ts';
import type { PlannedTarget } from './planned-targets.ts';
import { valueOf } from './reading.ts';

/** What a replica takes more than before, once it has other limits. One that gets less frees nothing that could be counted on. */
export const growthOf = ({ each, was }: Pick<PlannedTarget, 'each' | 'was'>): Required<Resources> => ({
  cpus: Math.max(0, (each.cpus ?? 0) - (was.cpus ?? each.cpus ?? 0)),
  memoryBytes: Math.max(0, (each.memoryBytes ?? 0) - (was.memoryBytes ?? each.memoryBytes ?? 0)),
});

/** While the replicas of a service are made anew, one for one, the new ones stand beside the old. */
export interface RenewalSurge {
  service: string;
  replicas: number;
  /** What the new ones take meanwhile, above what runs now and what those renewed before have grown by. */
  cpus: number;
  memoryBytes: number;
}

/** The widest moment of the renewals, which go one service after the other; none where nothing is renewed. */
export const renewalSurge = (
  targets: readonly PlannedTarget[],
  resources: PlannedPlanInput['resources'],
): RenewalSurge | undefined => {
  const grown = { cpus: 0, memoryBytes: 0 };
  const surges = targets.flatMap((target) => {
    const { service, now, each } = target;
    if (now === 0 || !isGiven(resources[service])) return [];
    const surge = {
      service,
      replicas: now,
      cpus: grown.cpus + now * (each.cpus ?? 0),
      memoryBytes: grown.memoryBytes + now * (each.memoryBytes ?? 0),
    };
    grown.cpus += now * growthOf(target).cpus;
    grown.memoryBytes += now * growthOf(target).memoryBytes;
    return [surge];
  });
  return surges.toSorted((one, other) => other.memoryBytes - one.memoryBytes)[0];
};

/** A renewal that the hosts have no memory for would end in a killed replica. Once the first wave has run it is over. */
export const renewalRefusals = (
  { observation, resources, running = {} }: PlannedPlanInput,
  targets: readonly PlannedTarget[],
): Refusal[] => {
  const surge = Object.keys(running).length > 0 ? undefined : renewalSurge(targets, resources);
  const available = valueOf(observation.host.availableMemoryBytes);
  if (surge === undefined || available === undefined || surge.memoryBytes <= available) return [];
  const { service, replicas, memoryBytes } = surge;
  return [
    {
      rule: 'limits.renewal-room',
      path: `composeFile.resources.${service}`,
      message: `${formatCount(replicas, 'replica')} of ${service} are made anew beside those that run, which takes ${formatBytes(memoryBytes)} of memory meanwhile: the host has ${formatBytes(available)} left`,
      remedy: `give ${service} less memory, free some on the host, or leave its resources as they are`,
    },
  ];
};

/** Whether a service gets other resources at all. */
export const isGiven = (given: PlannedPlanInput['resources'][string] | undefined): boolean =>
  given?.limits !== undefined || given?.reservations !== undefined;
