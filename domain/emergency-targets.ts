import { busiestOfRole } from './busiest-of-role.ts';
import type { Catalog, EmergencyStepSpec } from './catalog.ts';
import type { Observation } from './observation.ts';
import type { Cause, Note, Refusal } from './plan.ts';
import type { Triage } from './triage.ts';

/** One service that an emergency wants at a count, and why it is in the plan. */
export interface EmergencyTarget {
  service: string;
  replicas: number;
  /** A person named this count. */
  asked: boolean;
  causes: Cause[];
}

/**
 * What Scenario 1 wants: the catalog's steps (1.2 to 1.4), a count given by a person in place of the catalog's or on top,
 * the bottleneck first and the rest in the catalog's order.
 */
export const emergencyTargets = (
  catalog: Catalog,
  seen: Observation,
  asked: Readonly<Record<string, number>>,
  triage: Triage,
): { targets: EmergencyTarget[]; refusals: Refusal[]; notes: Note[] } => {
  const notes: Note[] = [];
  const targets: EmergencyTarget[] = [];
  for (const step of catalog.emergency.steps) {
    const target = targetOf(catalog, seen, step);
    if (target === undefined) {
      const role = 'busiestOfRole' in step ? step.busiestOfRole : '';
      notes.push({ rule: 'emergency.role', message: `no observed service has the role ${role}` });
    } else if (!targets.some(({ service }) => service === target.service)) targets.push(target);
  }
  const refusals = Object.keys(asked).flatMap((name) => unknownService(catalog, name));
  return { targets: bottleneckFirst(withAsked(catalog, targets, asked), triage), refusals, notes };
};

const targetOf = (
  catalog: Catalog,
  seen: Observation,
  step: EmergencyStepSpec,
): EmergencyTarget | undefined => {
  const { replicas } = step;
  if ('service' in step) {
    const sentence = `the catalog's emergency scales ${step.service} to ${replicas}`;
    return {
      service: step.service,
      replicas,
      asked: false,
      causes: [{ rule: 'emergency.catalog', sentence }],
    };
  }
  const busiest = busiestOfRole(catalog, seen, step.busiestOfRole);
  if (busiest === undefined) return undefined;
  const { service, value, sentence } = busiest;
  const cause = {
    rule: `emergency.busiest-by-${busiest.by}`,
    ...(value === undefined ? {} : { value }),
    sentence,
  };
  return { service, replicas, asked: false, causes: [cause] };
};

const withAsked = (
  catalog: Catalog,
  targets: readonly EmergencyTarget[],
  asked: Readonly<Record<string, number>>,
): EmergencyTarget[] => {
  const causeOf = (service: string, replicas: number): Cause => ({
    rule: 'emergency.asked',
    value: replicas,
    sentence: `${replicas} replicas of ${service} were asked for`,
  });
  const replaced = targets.map((target) => {
    const replicas = Object.hasOwn(asked, target.service) ? asked[target.service] : undefined;
    if (replicas === undefined) return target;
    return { ...target, replicas, asked: true, causes: [causeOf(target.service, replicas)] };
  });
  const added = Object.entries(asked)
    .filter(([service]) => Object.hasOwn(catalog.services, service))
    .filter(([service]) => !targets.some((target) => target.service === service))
    .map(([service, replicas]) => ({ service, replicas, asked: true, causes: [causeOf(service, replicas)] }))
    .toSorted((a, b) => priority(catalog, a.service) - priority(catalog, b.service));
  return [...replaced, ...added];
};

/** The most pressed service of the plan first, if it is above a threshold; the order of the others stays. */
const bottleneckFirst = (targets: readonly EmergencyTarget[], { ranking }: Triage): EmergencyTarget[] => {
  const named = new Set(targets.map(({ service }) => service));
  const most = ranking.find(({ service }) => named.has(service));
  if (most?.pressure === undefined || most.pressure < 1) return [...targets];
  const isMost = ({ service }: EmergencyTarget) => service === most.service;
  return [...targets.filter(isMost), ...targets.filter((target) => !isMost(target))];
};

const unknownService = (catalog: Catalog, name: string): Refusal[] => {
  if (Object.hasOwn(catalog.services, name)) return [];
  const knownNames = Object.keys(catalog.services).join(', ');
  return [
    {
      rule: 'unknown-service',
      path: `targets.${name}`,
      message: `the catalog has no service ${name}`,
      remedy: `name one of ${knownNames}, or add ${name} to the catalog`,
    },
  ];
};

const priority = (catalog: Catalog, service: string): number =>
  catalog.services[service]?.priority ?? Number.MAX_SAFE_INTEGER;
