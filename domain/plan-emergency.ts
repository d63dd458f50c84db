import type { Catalog } from './catalog.ts';
import { emergencyCauses } from './emergency-causes.ts';
import { emergencyTargets, type EmergencyTarget } from './emergency-targets.ts';
import { formatCount } from './format.ts';
import { nothingTaken, type Taken } from './host-room.ts';
import { limitReplicas } from './limits.ts';
import type { Observation } from './observation.ts';
import type { Obstacle } from './obstacle.ts';
import { withHash } from './plan-hash.ts';
import type { Note, Plan, PlanStep, Refusal } from './plan.ts';
import { scaleStep } from './scale-step.ts';
import { groupOf, replicasNow } from './service-readings.ts';
import { triage } from './triage.ts';

export interface EmergencyPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observation: Observation;
  /** By topic; `null`: Kafka has no such topic; left out: nobody could say. */
  partitions: Readonly<Record<string, number | null>>;
  obstacles: readonly Obstacle[];
  /** Counts that a person gave, by service. */
  targets?: Readonly<Record<string, number>>;
}

/**
 * Scenario 1 as a plan: triage (1.1), then the gateway, the message service and the busiest connector (1.2 to 1.4) as the
 * catalog has them, the bottleneck first. It never scales down. Everything that stands against it is a refusal, all at
 * once; a default that does not fit is capped with a note. Nothing to do gives a plan without steps.
 */
export const planEmergency = (input: EmergencyPlanInput): Plan => {
  const { catalog, catalogHash, observation } = input;
  const found = triage(catalog, observation);
  const wanted = emergencyTargets(catalog, observation, input.targets ?? {}, found);
  const steps: PlanStep[] = [];
  const refusals: Refusal[] = [...wanted.refusals];
  const notes: Note[] = [...wanted.notes, ...unknownIndicators(found.indicators)];
  let taken = nothingTaken;
  for (const target of wanted.targets) {
    const decided = decide(input, target, taken);
    steps.push(...decided.steps);
    refusals.push(...decided.refusals);
    notes.push(...decided.notes);
    ({ taken } = decided);
  }
  const bottleneck = found.bottleneck?.service;
  if (bottleneck !== undefined && !wanted.targets.some(({ service }) => service === bottleneck))
    notes.push({
      rule: 'emergency.bottleneck-not-planned',
      message: `${bottleneck} is the bottleneck, but the catalog's emergency has no step for it: name it in targets`,
    });

  const { environment, atMs: observedAtMs } = observation;
  const plan = { procedure: 'emergencyScaling', environment, catalogHash, observedAtMs };
  return withHash({ ...plan, finding: found.finding, steps, refusals, notes: withoutRepeats(notes) });
};

interface Decision {
  steps: PlanStep[];
  refusals: Refusal[];
  notes: Note[];
  taken: Taken;
}

const decide = (input: EmergencyPlanInput, target: EmergencyTarget, taken: Taken): Decision => {
  const { catalog, observation, partitions } = input;
  const { service, replicas: wanted, asked } = target;
  const nothing: Decision = { steps: [], refusals: [], notes: [], taken };
  const spec = catalog.services[service];
  const observed = observation.services[service];
  const now = replicasNow(observation, service);
  if (spec === undefined || observed === undefined || now === undefined)
    return { ...nothing, refusals: [notObserved(service)] };
  if (wanted < now && asked) return { ...nothing, refusals: [wouldScaleDown(service, now, wanted)] };
  if (wanted <= now) return { ...nothing, notes: [enough(service, now, wanted)] };

  const limited = limitReplicas({
    spec,
    observed,
    now,
    wanted,
    asked,
    taken,
    host: observation.host,
    partitions: spec.consumer === undefined ? undefined : partitions[spec.consumer.topic],
  });
  const { notes } = limited;
  const refusals = [...limited.refusals, ...obstaclesOf(input, service), ...groupMissing(input, service)];
  if (refusals.length > 0) return { ...nothing, refusals, notes };
  const to = limited.replicas;
  if (to <= now) return { ...nothing, notes };
  const causes = [...target.causes, ...emergencyCauses(catalog, observation, service)];
  return { ...limited, steps: [scaleStep(catalog, service, now, to, causes)] };
};

const obstaclesOf = ({ obstacles }: EmergencyPlanInput, service: string): Refusal[] =>
  obstacles
    .filter((obstacle) => obstacle.service === service)
    .map(({ kind, message, remedy }) => ({
      rule: `obstacle.${kind}`,
      path: `services.${service}`,
      message,
      remedy,
    }));

/** Kafka answered and knows no such group, though the service runs: nothing could prove that its new consumers work. */
const groupMissing = ({ catalog, observation }: EmergencyPlanInput, service: string): Refusal[] => {
  const runs = observation.services[service]?.replicas.some(
    ({ state, health }) => state === 'running' && (health === 'healthy' || health === 'none'),
  );
  const group = groupOf(catalog, observation, service);
  if (runs !== true || group?.state !== 'Dead') return [];
  return [
    {
      rule: 'group-missing',
      path: `services.${service}.consumer.group`,
      message: `${service} runs, and Kafka knows no group ${group.group}`,
      remedy: `correct services.${service}.consumer.group in the catalog, or find out why ${service} does not consume`,
    },
  ];
};

const notObserved = (service: string): Refusal => ({
  rule: 'not-observed',
  path: `services.${service}`,
  message: `nobody could see how many replicas ${service} has`,
  remedy: 'make sure that the platform answers and that the service is deployed, then plan again',
});

const wouldScaleDown = (service: string, now: number, wanted: number): Refusal => ({
  rule: 'emergency.never-down',
  path: `targets.${service}`,
  message: `${service} runs ${formatCount(now, 'replica')}, an emergency does not take it down to ${wanted}`,
  remedy: 'ask for more, or scale down gradually when the traffic is back to normal',
});

const enough = (service: string, now: number, wanted: number): Note => ({
  rule: 'emergency.enough',
  message: `${service} already runs ${now}${now > wanted ? `, more than the ${wanted} of the emergency` : ''}`,
});

const unknownIndicators = (
  indicators: readonly { rule: string; fired: unknown; sentence: string }[],
): Note[] =>
  indicators
    .filter(({ fired }) => fired === 'unknown')
    .map(({ rule, sentence }) => ({ rule, message: sentence }));

const withoutRepeats = (notes: readonly Note[]): Note[] =>
  notes.filter((note, index) => notes.findIndex(({ message }) => message === note.message) === index);
