import type { Catalog } from './catalog.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { downtimeNotes, unknownBeforeDowntime, type BackupWord, type PlannedDowntime } from './downtime.ts';
import { formatCount } from './format.ts';
import type { MongodbNode } from './mongodb-node.ts';
import type { MongodbReadings } from './mongodb-readings.ts';
import { mongodbSymptoms } from './mongodb-rules.ts';
import { withHash } from './plan-hash.ts';
import { uncalledRule, wished } from './plan-resize.ts';
import type { Note, Plan, PlanStep } from './plan.ts';
import { replicaSetNotes } from './replica-set-notes.ts';
import { beforeRestart, replicaSetRefusals } from './replica-set-refusals.ts';
import { membersOf, replicaSetSteps, restartId } from './replica-set-steps.ts';
import { causeOf } from './rule.ts';
import type { TakenNames } from './taken-names.ts';

export interface ReplicaSetPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  database: string;
  container: DatabaseContainer;
  readings: MongodbReadings;
  node: MongodbNode;
  taken: TakenNames;
  /** Name of the set, `rs0` in the runbook. */
  set: string;
  /** Services that the other members run as. */
  secondaries: readonly string[];
  /** Somebody knows that a set which is initiated on a node that waited for it cannot be undone. */
  acknowledged: boolean;
  backup: BackupWord | undefined;
  downtimeBudgetMs: number;
}

/**
 * Runbook 3.1, "Horizontal Scaling", with the standing node as the first member: its data is the set's data. Started by the runbook's file all
 * three nodes would be empty. What of the set is there already is left as it is.
 */
export const planReplicaSet = (input: ReplicaSetPlanInput): Plan => {
  const { catalog, catalogHash, observedAtMs, container, readings, set } = input;
  const symptoms = mongodbSymptoms(readings, container.cpuOfLimit);
  const fired = symptoms.filter((rule) => rule.fired === true).map(causeOf);
  const causes = fired.length === 0 ? [wished] : fired;
  const refusals = replicaSetRefusals(input);
  const steps = refusals.length > 0 ? [] : replicaSetSteps(input, causes);
  const downtime = steps.some(({ id }) => id === restartId) ? downtimeOf(input) : undefined;
  const hosts = membersOf(input).map(({ host }) => host);
  return withHash({
    procedure: 'formReplicaSet',
    environment: catalog.environment,
    catalogHash,
    observedAtMs,
    finding: findingOf(input, steps, refusals.length > 0),
    steps,
    refusals,
    ...(downtime === undefined ? {} : { downtime }),
    notes: [
      ...symptoms
        .filter((rule) => rule.fired === 'unknown')
        .map(({ rule, sentence }): Note => ({ rule, message: sentence })),
      ...(steps.length > 0 && fired.length === 0 ? [{ rule: uncalledRule, message: wished.sentence }] : []),
      ...(refusals.length > 0 ? [] : replicaSetNotes(input, hosts, steps.length > 0)),
      ...(downtime === undefined
        ? []
        : [...downtimeNotes(downtime), ...unknownBeforeDowntime(beforeRestart(input))]),
      ...(steps.some(({ undoable }) => !undoable) ? [noWayBack(set)] : []),
    ],
  });
};

const noWayBack = (set: string): Note => ({
  rule: 'replica-set.no-undo',
  message: `the node runs with --replSet ${set} already and waits for its set: once initiated, it stays in it`,
});

const downtimeOf = ({ container, database, catalog, backup, downtimeBudgetMs }: ReplicaSetPlanInput) =>
  ({
    database,
    service: container.service,
    because: [
      '--replSet takes effect at a start only',
      'the first node of a set takes no writes until it has elected itself',
    ],
    // The restart has one of its own, and so has the election behind it: it takes writes after both.
    budgetMs: 2 * downtimeBudgetMs,
    dependants: catalog.databases?.[database]?.dependants ?? [],
    backup: backup ?? { kind: 'run' },
  }) satisfies PlannedDowntime;

const findingOf = (
  { set, node, container, secondaries }: ReplicaSetPlanInput,
  steps: readonly PlanStep[],
  isRefused: boolean,
): string => {
  const { service } = container;
  const wanted = formatCount(secondaries.length + 1, 'member');
  if (isRefused) return `${service} cannot become ${set} of ${wanted} as it is`;
  if (steps.length === 0) return `${service} is in ${set} of ${wanted} already`;
  const now =
    node.set === undefined
      ? 'stands alone'
      : `is in ${set} of ${formatCount(node.set.members.length, 'member')}`;
  return `${service} ${now}; ${set} of ${wanted} is wanted, with the data of ${service}`;
};
