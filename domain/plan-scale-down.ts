import type { Catalog } from './catalog.ts';
import { formatCount } from './format.ts';
import { gateSampleOf, unknownInGate } from './gate-readings.ts';
import type { Gate } from './gates.ts';
import type { Observation } from './observation.ts';
import { withHash } from './plan-hash.ts';
import type { Note, Plan, PlanStep, Refusal } from './plan.ts';
import { valueOf } from './reading.ts';
import { cpuInAll, needOf } from './scale-down-need.ts';
import { scaleDownSteps } from './scale-down-steps.ts';
import { replicasNow } from './service-readings.ts';
import { defaultGate } from './soak.ts';

export interface ScaleDownPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observation: Observation;
  /** Replicas to go down to, by service: see domain/scale-down-targets.ts. */
  targets: Readonly<Record<string, number>>;
  /** A person named the targets: what stands against them is refused, not changed behind their back. */
  asked: boolean;
  /** What must hold between the steps, and now already; the runbook's thresholds when left out. */
  gate?: Gate | undefined;
  /** How long the last connections of a replica may take. */
  drainMs: number;
}

type Decided = { target?: [service: string, from: number, to: number]; refusals?: Refusal[]; note?: Note };

/**
 * "Gradual Scale-Down": one replica at a time, last of the runbook's priorities first, so that the front door shrinks after what it feeds.
 * Never below the catalog's minimum, nor to fewer than carry what comes now. A service whose CPU is not known is not
 * scaled down: missing is not zero.
 */
export const planScaleDown = (input: ScaleDownPlanInput): Plan => {
  const { catalog, catalogHash, observation, targets } = input;
  const decided = Object.keys(targets).map((service) => decide(input, service, targets[service] ?? 0));
  const going = decided.flatMap(({ target }) => (target === undefined ? [] : [target]));
  const steps = scaleDownSteps(
    catalog,
    Object.fromEntries(going.map(([service, from]) => [service, from])),
    Object.fromEntries(going.map(([service, , to]) => [service, to])),
    input.drainMs,
  );
  const gate =
    input.gate ??
    defaultGate(
      catalog,
      going.map(([service]) => service),
    );
  const { environment, atMs: observedAtMs } = observation;
  return withHash({
    procedure: 'gradualScaleDown',
    environment,
    catalogHash,
    observedAtMs,
    finding: findingOf(steps, going),
    steps,
    refusals: [
      ...decided.flatMap(({ refusals }) => refusals ?? []),
      ...gateRefusals(gate, catalog),
      ...(steps.length === 0 ? [] : unhealthyNow(gate, input)),
    ],
    notes: decided.flatMap(({ note }) => note ?? []),
  });
};

const decide = (input: ScaleDownPlanInput, service: string, wanted: number): Decided => {
  const { catalog, observation, asked } = input;
  const refuse = (rule: string, message: string, remedy: string): Decided => ({
    refusals: [{ rule, path: `targets.${service}`, message, remedy }],
  });
  const say = (rule: string, message: string): Decided => ({ note: { rule, message } });
  const spec = Object.hasOwn(catalog.services, service) ? catalog.services[service] : undefined;
  if (spec === undefined)
    return refuse(
      'unknown-service',
      `the catalog has no service ${service}`,
      'leave it out, or add it to the catalog',
    );
  const now = replicasNow(observation, service);
  if (now === undefined)
    return refuse(
      'not-observed',
      `nobody could see how many replicas ${service} has`,
      'make sure that the platform answers, then plan again',
    );
  const least = Math.max(1, spec.replicas.min);
  if (asked && wanted < least)
    return refuse(
      'below-minimum',
      `${service} shall not have fewer than ${formatCount(least, 'replica')}`,
      `ask for ${least}, or lower services.${service}.replicas.min in the catalog`,
    );
  const floor = Math.max(least, wanted);
  if (now <= floor)
    return say('scale-down.same', `${service} runs ${now}, ${floor} are wanted: it stays as it is`);
  const cpu = cpuInAll(observation, service);
  if (cpu === undefined) {
    const message = `CPU of ${service} is not known: no metric, no scale-down`;
    return asked
      ? refuse(
          'no-metric',
          message,
          'make sure that the platform tells the CPU of every replica, then plan again',
        )
      : say('scale-down.no-metric', `${message}; it stays at ${now}`);
  }
  const { needed, because, certain } = needOf(input, spec, floor, cpu);
  if (needed <= floor) return { target: [service, now, floor] };
  if (!certain)
    return { target: [service, now, floor], ...say('scale-down.headroom', `${because}; the gate will tell`) };
  if (asked)
    return refuse('no-headroom', `${because}: fewer cannot carry what comes now`, `ask for ${needed}`);
  if (needed >= now) return say('scale-down.headroom', `${because}: it stays at ${now}`);
  return {
    target: [service, now, needed],
    ...say('scale-down.headroom', `${because}: it goes down to ${needed} only`),
  };
};

const gateRefusals = (gate: Gate, catalog: Catalog): Refusal[] =>
  unknownInGate(gate, catalog).map(({ path, message }) => ({
    rule: 'gate',
    path,
    message,
    remedy: 'name a service or a group of the catalog',
  }));

/** Nothing is taken from a platform that does not keep the gate even now. */
const unhealthyNow = (gate: Gate, { catalog, observation }: ScaleDownPlanInput): Refusal[] => {
  const sample = gateSampleOf(gate, catalog, observation);
  return gate.rules.flatMap(({ metric, below, onBroken }) => {
    const value = valueOf(sample[metric]);
    // Restarts are those since a soak began: what happened before today is no reason.
    if (onBroken === 'inform' || metric.startsWith('restarts') || value === undefined || value < below)
      return [];
    return [
      {
        rule: 'unhealthy-now',
        path: metric,
        message: `${metric} is ${Math.round(value * 1_000) / 1_000} now, not below ${below}`,
        remedy: 'end what is wrong first; scaling down comes when all is healthy, with headroom',
      },
    ];
  });
};

const findingOf = (steps: readonly PlanStep[], going: readonly [string, number, number][]): string => {
  if (steps.length === 0) return 'nothing can be taken away';
  const services = going.map(([service, from, to]) => `${service} ${from} -> ${to}`);
  return `${formatCount(steps.length, 'replica')} to take away, one at a time: ${services.join(', ')}`;
};
