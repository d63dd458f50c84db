import type { Catalog } from './catalog.ts';
import type { ServiceFileEdit } from './compose-file-operation.ts';
import type { EventTimes } from './event.ts';
import { eventForecast, type WaveTarget } from './event-forecast.ts';
import type { EventSchedule } from './event-schedule.ts';
import { formatPercent } from './format.ts';
import { formatLocal } from './local-time.ts';
import type { Observation, Resources } from './observation.ts';
import type { Obstacle } from './obstacle.ts';
import { withHash } from './plan-hash.ts';
import type { Cause, Note, Plan, PlanStep, Refusal } from './plan.ts';
import { plannedTargets, type PlannedTarget } from './planned-targets.ts';
import { rampTargets } from './capacity.ts';
import { isGiven } from './renewal-room.ts';
import { waveSteps } from './wave-steps.ts';
import { sortWaves, wavesOf, type Wave, type WaveSpec } from './waves.ts';

export interface PlannedPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observation: Observation;
  /** By topic; `null`: Kafka has no such topic; left out: nobody could say. */
  partitions: Readonly<Record<string, number | null>>;
  obstacles: readonly Obstacle[];
  event: EventTimes;
  /** When it is planned: what is before this has passed. */
  nowMs: number;
  /** Expected peak per minute, by service. */
  peaks: Readonly<Record<string, number>>;
  /** Replicas that a person gave, by service. */
  targets: Readonly<Record<string, number>>;
  safetyFactor: number;
  steps: readonly WaveSpec[];
  /** Whether the compose file is edited at each wave. */
  editFile: boolean;
  /** What is written into it beside the replicas. */
  resources: Readonly<Record<string, { limits?: Resources; reservations?: Resources }>>;
  /** How long the way down takes after the end; left out: the replicas stay. */
  scaleDown?: { delayMs: number; stableMs: number; stepMs: number };
  /** Replicas by service that run by now, where that is known better than from the observation. */
  running?: Readonly<Record<string, number>>;
  /** Counts the plans of one procedure, from 1. */
  version?: number;
}

/**
 * Scenario 2 as a plan: required replicas (2.1), and the ramp towards them (2.3), each wave with its time. A wave whose time has passed is
 * skipped, only the newest of them is carried out, at once; nothing goes below what runs now. An event that is over is refused.
 */
export const planPlanned = (input: PlannedPlanInput): Plan => {
  const { catalog, catalogHash, observation, event, nowMs } = input;
  const { targets, refusals, notes } = plannedTargets(input);
  const { skipped, due, toCome } = sortWaves(wavesOf(input.steps, event.startMs, input.version), nowMs);
  const waves = rampOf(
    targets,
    [...skipped, ...(due === undefined ? [] : [due]), ...toCome],
    input.steps,
    skipped,
  );
  const steps = stepsOf(input, targets, waves);
  const downs = targets.reduce((sum, { now, target }) => sum + target - now, 0);
  const { scaleDown } = input;
  const downAtMs =
    scaleDown === undefined
      ? undefined
      : event.endMs + scaleDown.delayMs + scaleDown.stableMs + (downs * scaleDown.stepMs) / 2;
  const schedule: EventSchedule = {
    event: { name: event.name, startMs: event.startMs, endMs: event.endMs, timeZone: event.timeZone },
    now: Object.fromEntries(targets.map((one) => [one.service, one.now])),
    waves,
    ...(scaleDown === undefined ? {} : { scaleDownAtMs: event.endMs + scaleDown.delayMs }),
  };
  const { environment, atMs: observedAtMs } = observation;
  return withHash({
    procedure: 'plannedScaling',
    environment,
    catalogHash,
    observedAtMs,
    finding: findingOf(targets, event),
    steps,
    refusals: [...eventRefusals(event, nowMs), ...refusals],
    notes: [...event.notes, ...timeNotes(event, { skipped, due }, nowMs), ...notes],
    schedule,
    forecast: eventForecast({
      catalog,
      observation,
      targets,
      waves,
      event,
      resources: input.resources,
      ...(downAtMs === undefined ? {} : { downAtMs }),
    }),
  });
};

export type PlannedWave = Wave & WaveTarget;

/** What runs once each wave is done. A wave that is skipped changes nothing. */
const rampOf = (
  targets: readonly PlannedTarget[],
  waves: readonly Wave[],
  specs: readonly WaveSpec[],
  skipped: readonly Wave[],
): PlannedWave[] => {
  const shares = specs.map(({ share }) => share);
  const ramps = targets.map(
    ({ service, now, target }) => [service, rampTargets(target, now, shares)] as const,
  );
  return waves.map((wave) => {
    const index = shares.indexOf(wave.share);
    const replicas = Object.fromEntries(ramps.map(([service, ramp]) => [service, ramp[index] ?? 0]));
    return { ...wave, replicas, ...(skipped.includes(wave) ? { skipped: true } : {}) };
  });
};

/** The steps of every wave that is carried out, each from what the wave before leaves. */
const stepsOf = (
  input: PlannedPlanInput,
  targets: readonly PlannedTarget[],
  waves: readonly PlannedWave[],
): PlanStep[] => {
  const causes: Record<string, Cause[]> = Object.fromEntries(targets.map((one) => [one.service, one.causes]));
  let now: Record<string, number> = Object.fromEntries(targets.map((one) => [one.service, one.now]));
  const given = Object.values(input.resources).some(isGiven);
  return waves
    .filter((wave) => wave.skipped !== true)
    .flatMap((wave, index) => {
      const edits = editsOf(input, wave.replicas);
      // Other resources are written with the first wave, also where enough replicas run.
      const steps = waveSteps(input.catalog, wave, { now, causes, edits, always: given && index === 0 });
      now = wave.replicas;
      return steps;
    });
};

/** Runbook 2.2: what stands in the compose file once the wave is done. Nothing where it is left alone. */
export const editsOf = (
  { editFile, resources }: Pick<PlannedPlanInput, 'editFile' | 'resources'>,
  replicas: Readonly<Record<string, number>>,
): Record<string, ServiceFileEdit> =>
  editFile
    ? Object.fromEntries(
        Object.entries(replicas).map(([service, count]) => [
          service,
          { replicas: count, ...resources[service] },
        ]),
      )
    : {};

const eventRefusals = ({ name, startMs, endMs, timeZone }: EventTimes, nowMs: number): Refusal[] => {
  const refuse = (path: string, message: string, remedy: string): Refusal[] => [
    { rule: 'event-over', path, message, remedy },
  ];
  if (endMs <= startMs) return refuse('event.end', `${name} would end before it starts`, 'correct its times');
  if (endMs > nowMs) return [];
  return refuse(
    'event.end',
    `${name} is over since ${formatLocal(endMs, timeZone)}`,
    'give the times of an event to come; in a spike use emergencyScaling',
  );
};

const timeNotes = (
  { name, startMs, timeZone }: EventTimes,
  { skipped, due }: { skipped: readonly Wave[]; due: Wave | undefined },
  nowMs: number,
): Note[] => {
  const going = startMs <= nowMs ? [`${name} is going on since ${formatLocal(startMs, timeZone)}`] : [];
  const passed = skipped.map(
    ({ share, atMs }) => `${formatPercent(share)} was due at ${formatLocal(atMs, timeZone)}: skipped`,
  );
  const atOnce =
    due === undefined
      ? []
      : [`${formatPercent(due.share)} was due at ${formatLocal(due.atMs, timeZone)}: it is done at once`];
  return [...going, ...passed, ...atOnce].map((message) => ({ rule: 'planned.time', message }));
};

const findingOf = (targets: readonly PlannedTarget[], { name, startMs, timeZone }: EventTimes): string => {
  const more = targets.filter(({ now, target }) => target > now);
  const when = `${name} at ${formatLocal(startMs, timeZone)}`;
  if (more.length === 0) return `${when}: what runs now is enough`;
  return `${when}: ${more.map(({ service, now, target }) => `${service} ${now} -> ${target}`).join(', ')}`;
};
