import type { Catalog } from './catalog.ts';
import type { EventTimes } from './event.ts';
import type { Observation } from './observation.ts';
import type { PlannedPlanInput } from './plan-planned.ts';
import type { PlannedTarget } from './planned-targets.ts';
import { valueOf } from './reading.ts';
import { growthOf, renewalSurge } from './renewal-room.ts';
import { serverSizing, type ServerSizing } from './server-sizing.ts';

/** What the hosts have, and will have left once a wave is done. `null`: not known. */
export interface HostLeft {
  /** `now`, `50 %`; `renewal` while replicas with other resources are made beside those that run. */
  when: string;
  cpuLimits: number | null;
  memoryLeftBytes: number | null;
}

export interface EventForecast {
  host: { cpus: number; memoryBytes: number };
  left: HostLeft[];
  sizing: ServerSizing;
  /** What the event takes above what runs now, and what holding its peak around the clock would. */
  replicaHours: { planned: number; peakAllDay: number };
}

/** A wave with what runs once it is done. */
export interface WaveTarget {
  share: number;
  atMs: number;
  skipped?: boolean;
  replicas: Record<string, number>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What the event costs and what it leaves on the hosts. Pure arithmetic over what was observed and is planned. */
export const eventForecast = (input: {
  catalog: Catalog;
  observation: Observation;
  targets: readonly PlannedTarget[];
  waves: readonly WaveTarget[];
  event: EventTimes;
  /** What the replicas get beside their count; those that run are made anew for it. */
  resources: PlannedPlanInput['resources'];
  /** When the last replica is gone again; the replicas stay when left out. */
  downAtMs?: number;
}): EventForecast => {
  const { catalog, observation, targets, waves, event } = input;
  const { cpus, memoryBytes } = observation.host;
  const running = Object.fromEntries(
    Object.values(observation.services).map(({ service, replicas }) => [service, replicas.length]),
  );
  const peak = { ...running, ...Object.fromEntries(targets.map(({ service, target }) => [service, target])) };
  const now = Object.fromEntries(targets.map((one) => [one.service, one.now]));
  const coming = waves.filter(({ skipped }) => skipped !== true);
  return {
    host: { cpus, memoryBytes },
    left: [
      leftWith(input, 'now', now, false),
      ...leftInRenewal(input),
      ...coming.map(({ share, replicas }) => leftWith(input, `${Math.round(share * 100)} %`, replicas)),
    ],
    sizing: serverSizing(catalog, peak),
    replicaHours: hoursOf(targets, coming, input.downAtMs ?? event.endMs, observation.atMs),
  };
};

const leftWith = (
  { observation, targets }: { observation: Observation; targets: readonly PlannedTarget[] },
  when: string,
  replicas: Readonly<Record<string, number>>,
  renewed = true,
): HostLeft => {
  const reserved = valueOf(observation.host.reservedCpus);
  const available = valueOf(observation.host.availableMemoryBytes);
  const more = (measure: 'cpus' | 'memoryBytes'): number =>
    targets.reduce(
      (sum, target) =>
        sum +
        ((replicas[target.service] ?? target.now) - target.now) * (target.each[measure] ?? 0) +
        (renewed ? target.now * growthOf(target)[measure] : 0),
      0,
    );
  return {
    when,
    cpuLimits: reserved === undefined ? null : round(reserved + more('cpus')),
    memoryLeftBytes: available === undefined ? null : Math.round(available - more('memoryBytes')),
  };
};

/** The moment in which new replicas stand beside the old ones. */
const leftInRenewal = ({
  observation,
  targets,
  resources,
}: {
  observation: Observation;
  targets: readonly PlannedTarget[];
  resources: PlannedPlanInput['resources'];
}): HostLeft[] => {
  const surge = renewalSurge(targets, resources);
  if (surge === undefined) return [];
  const available = valueOf(observation.host.availableMemoryBytes);
  const reserved = valueOf(observation.host.reservedCpus);
  return [
    {
      when: 'renewal',
      cpuLimits: reserved === undefined ? null : round(reserved + surge.cpus),
      memoryLeftBytes: available === undefined ? null : Math.round(available - surge.memoryBytes),
    },
  ];
};

const hoursOf = (
  targets: readonly PlannedTarget[],
  waves: readonly WaveTarget[],
  endMs: number,
  nowMs: number,
): { planned: number; peakAllDay: number } => {
  const extra = (replicas: Readonly<Record<string, number>>): number =>
    targets.reduce((sum, { service, now }) => sum + (replicas[service] ?? now) - now, 0);
  const planned = waves.reduce((sum, { atMs, replicas }, index) => {
    const untilMs = Math.max(atMs, waves[index + 1]?.atMs ?? endMs);
    return sum + (extra(replicas) * (untilMs - Math.max(atMs, nowMs))) / HOUR;
  }, 0);
  const firstMs = Math.max(nowMs, waves[0]?.atMs ?? nowMs);
  const days = Math.max(1, Math.ceil((endMs - firstMs) / DAY));
  const peak = targets.reduce((sum, { now, target }) => sum + target - now, 0);
  return { planned: round(Math.max(0, planned)), peakAllDay: round(peak * 24 * days) };
};

const round = (value: number): number => Math.round(value * 10) / 10;
