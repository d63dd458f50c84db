import { requiredReplicas } from './capacity.ts';
import type { ServiceSpec } from './catalog.ts';
import { formatCount } from './format.ts';
import { nothingTaken, takeFor } from './host-room.ts';
import { limitReplicas, needOf } from './limits.ts';
import { growthOf, renewalRefusals } from './renewal-room.ts';
import type { Resources } from './observation.ts';
import type { Cause, Note, Refusal } from './plan.ts';
import type { PlannedPlanInput } from './plan-planned.ts';
import { replicasNow } from './service-readings.ts';

/** What one service needs at the peak, and what it can have. */
export interface PlannedTarget {
  service: string;
  now: number;
  /** What can run: never below what runs now. */
  target: number;
  /** What one replica takes from the host, once it has the resources that the event gives it. */
  each: Resources;
  /** What one of those that run takes now. */
  was: Resources;
  causes: Cause[];
}

/**
 * Runbook 2.1 and the appendix: (peak / capacity) x safety factor for each service with a peak, the count itself for one with a target;
 * what was computed is capped by catalog, partitions and room with a note, what was asked for is refused when it does not fit. The
 * services in the order of their priority.
 */
export const plannedTargets = (
  input: PlannedPlanInput,
): { targets: PlannedTarget[]; refusals: Refusal[]; notes: Note[] } => {
  const { catalog, peaks, targets: asked } = input;
  const names = [...Object.keys(peaks), ...Object.keys(asked)];
  const refusals: Refusal[] = [];
  const notes: Note[] = [];
  const found: PlannedTarget[] = [];
  let taken = nothingTaken;
  const priority = (name: string): number => catalog.services[name]?.priority ?? 0;
  for (const name of names.toSorted((one, other) => priority(one) - priority(other))) {
    const wanted = wantedOf(input, name);
    refusals.push(...wanted.refusals);
    const { spec, replicas, causes } = wanted;
    if (spec === undefined || replicas === undefined) continue;
    const observed = input.observation.services[name];
    const seen = replicasNow(input.observation, name);
    const now = input.running?.[name] ?? seen;
    if (observed === undefined || now === undefined) {
      refusals.push(notObserved(name));
      continue;
    }
    // What was started since the observation takes its share of the room that was seen then.
    const was = needOf(spec, observed);
    const each = { ...was, ...input.resources[name]?.limits };
    taken = takeFor(taken, each, Math.max(0, now - (seen ?? now)));
    // Those that run are made anew with what the event gives them.
    taken = takeFor(taken, growthOf({ each, was }), seen ?? now);
    if (replicas <= now) {
      notes.push(enough(name, now, replicas));
      found.push({ service: name, now, target: now, each, was, causes });
      continue;
    }
    const limited = limitReplicas({
      spec,
      observed,
      now,
      wanted: replicas,
      asked: Object.hasOwn(asked, name),
      taken,
      each,
      host: input.observation.host,
      partitions: spec.consumer === undefined ? undefined : input.partitions[spec.consumer.topic],
    });
    ({ taken } = limited);
    notes.push(...limited.notes);
    refusals.push(...limited.refusals, ...obstaclesOf(input, name));
    found.push({ service: name, now, target: Math.max(now, limited.replicas), each, was, causes });
  }
  refusals.push(...renewalRefusals(input, found));
  return { targets: found, refusals, notes };
};

interface Wanted {
  spec?: ServiceSpec;
  replicas?: number;
  causes: Cause[];
  refusals: Refusal[];
}

const wantedOf = ({ catalog, peaks, targets, safetyFactor }: PlannedPlanInput, name: string): Wanted => {
  const field = Object.hasOwn(targets, name) ? 'targets' : 'peaks';
  const refuse = (rule: string, message: string, remedy: string): Wanted => ({
    causes: [],
    refusals: [{ rule, path: `${field}.${name}`, message, remedy }],
  });
  const spec = Object.hasOwn(catalog.services, name) ? catalog.services[name] : undefined;
  if (spec === undefined)
    return refuse(
      'unknown-service',
      `the catalog has no service ${name}`,
      'leave it out, or add it to the catalog',
    );
  const target = targets[name];
  if (field === 'targets' && target !== undefined) {
    const sentence = `${formatCount(target, 'replica')} of ${name} were asked for`;
    return {
      spec,
      replicas: target,
      refusals: [],
      causes: [{ rule: 'planned.asked', value: target, sentence }],
    };
  }
  if (spec.capacity === undefined)
    return refuse(
      'no-capacity',
      `the catalog does not say what one replica of ${name} carries, so no peak can be turned into replicas`,
      `add services.${name}.capacity to the catalog, or give targets.${name}`,
    );
  const { perMinute, of } = spec.capacity;
  const peakPerMinute = peaks[name] ?? 0;
  const { replicas, sentence } = requiredReplicas({
    peakPerMinute,
    capacityPerMinute: perMinute,
    safetyFactor,
  });
  const text = `${name}: expected peak / capacity of one replica at 70 % CPU (${of}) x safety factor: ${sentence}`;
  const cause = { rule: 'planned.capacity', value: peakPerMinute, threshold: perMinute, sentence: text };
  return { spec, replicas, refusals: [], causes: [cause] };
};

const obstaclesOf = ({ obstacles }: PlannedPlanInput, service: string): Refusal[] =>
  obstacles
    .filter((obstacle) => obstacle.service === service)
    .map(({ kind, message, remedy }) => ({
      rule: `obstacle.${kind}`,
      path: `services.${service}`,
      message,
      remedy,
    }));

const notObserved = (service: string): Refusal => ({
  rule: 'not-observed',
  path: `services.${service}`,
  message: `nobody could see how many replicas ${service} has`,
  remedy: 'make sure that the platform answers and that the service is deployed, then plan again',
});

const enough = (service: string, now: number, wanted: number): Note => ({
  rule: 'planned.enough',
  message: `${service} already runs ${now}${now > wanted ? `, more than the ${wanted} of the event: a ramp never goes below what runs now` : ''}`,
});
