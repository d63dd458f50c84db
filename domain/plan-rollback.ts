import type { Catalog } from './catalog.ts';
import { formatCount } from './format.ts';
import type { Observation } from './observation.ts';
import type { Obstacle } from './obstacle.ts';
import { withHash } from './plan-hash.ts';
import type { Note, Plan, PlanStep, Refusal } from './plan.ts';
import { renewedBy } from './renew-operation.ts';
import { scaleStep } from './scale-step.ts';
import {
  besideStep,
  fileStep,
  goneRefusals,
  renewStep,
  staysNotes,
  type Beside,
  type RolledBackEdit,
} from './rollback-beside.ts';
import { replicasNow } from './service-readings.ts';

export interface RollbackPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observation: Observation;
  /** Replicas to go back to, by service: see domain/snapshot.ts. */
  snapshot: Readonly<Record<string, number>>;
  obstacles?: readonly Obstacle[];
  /** Edits of the compose file that the procedure began, oldest first: they are taken back, the newest first. */
  edits?: readonly RolledBackEdit[];
  /** What it changed otherwise. */
  beside?: Beside;
  /** The procedure that is rolled back, while it still runs: it is stopped before the first step. */
  stops?: string | undefined;
}

/**
 * "Emergency Rollback": each service of the snapshot back to its count, last of the runbook's priorities first, so that
 * the front door shrinks after what it feeds. Only services that differ get a step.
 */
export const planRollback = (input: RollbackPlanInput): Plan => {
  const { catalog, catalogHash, observation, snapshot } = input;
  const services = Object.keys(snapshot).toSorted((a, b) => priority(catalog, b) - priority(catalog, a));
  const decided = services.map((service) => decide(input, service, snapshot[service] ?? 0));
  const scales = decided.flatMap((one) => one.step ?? []);
  const { edits = [], beside } = input;
  const renewed = renewedBy(edits.map((one) => one.edits)).filter((name) =>
    Object.hasOwn(catalog.services, name),
  );
  const counts = (count: (service: string) => number | undefined): Record<string, number> =>
    Object.fromEntries(renewed.map((service) => [service, count(service) ?? 0]));
  const now = counts((service) => replicasNow(observation, service));
  const others = beside === undefined ? [] : besideStep(beside, edits, now);
  const steps = [
    ...scales,
    ...(others.length > 0 ? others : fileStep(edits, now)),
    ...renewStep(counts((service) => snapshot[service] ?? now[service])),
  ];
  const { environment, atMs: observedAtMs } = observation;
  return withHash({
    procedure: 'emergencyRollback',
    environment,
    catalogHash,
    observedAtMs,
    finding: findingOf(scales, services.length, others),
    steps,
    refusals: [
      ...decided.flatMap((one) => one.refusals ?? []),
      ...(beside === undefined ? [] : goneRefusals(beside)),
    ],
    notes: [
      ...stopNote(input.stops),
      ...(beside === undefined ? [] : staysNotes(beside)),
      ...decided.flatMap((one) => one.note ?? []),
    ],
  });
};

const stopNote = (stops: string | undefined): Note[] =>
  stops === undefined
    ? []
    : [
        {
          rule: 'rollback.stops',
          message: `${stops} still runs: it is stopped first, and what it does until then is rolled back too`,
        },
      ];

const decide = (
  { catalog, observation, obstacles = [] }: RollbackPlanInput,
  service: string,
  to: number,
): { step?: PlanStep; refusals?: Refusal[]; note?: Note } => {
  const path = `snapshot.${service}`;
  if (!Object.hasOwn(catalog.services, service)) {
    const message = `the catalog has no service ${service}`;
    const remedy = 'leave it out, or add it to the catalog';
    return { refusals: [{ rule: 'unknown-service', path, message, remedy }] };
  }
  const now = replicasNow(observation, service);
  if (now === undefined) {
    const message = `nobody could see how many replicas ${service} has`;
    const remedy = 'make sure that the platform answers, then plan again';
    return { refusals: [{ rule: 'not-observed', path, message, remedy }] };
  }
  if (now === to) return { note: { rule: 'rollback.same', message: `${service} already runs ${now}` } };
  const inTheWay = to > Math.max(now, 1) ? obstacles.filter((obstacle) => obstacle.service === service) : [];
  if (inTheWay.length > 0)
    return {
      refusals: inTheWay.map(({ kind, message, remedy }) => ({
        rule: `obstacle.${kind}`,
        path: `services.${service}`,
        message,
        remedy,
      })),
    };
  const sentence = `${formatCount(to, 'replica')} ran before, ${now} now`;
  return {
    step: scaleStep(catalog, service, now, to, [
      { rule: 'rollback.snapshot', value: now, threshold: to, sentence },
    ]),
  };
};

const findingOf = (steps: readonly PlanStep[], services: number, [beside]: readonly PlanStep[]): string => {
  if (steps.length === 0 && beside !== undefined)
    return `${formatCount(beside.operations.length, 'change')} to take back: ${beside.service}`;
  if (steps.length === 0) return 'everything already runs as before';
  return `${steps.length} of ${formatCount(services, 'service')} differ from before: ${steps.map(({ service }) => service).join(', ')}`;
};

const priority = (catalog: Catalog, service: string): number => catalog.services[service]?.priority ?? 0;
