import type { Catalog } from './catalog.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatCount } from './format.ts';
import { withHash } from './plan-hash.ts';
import { uncalledRule, wished } from './plan-resize.ts';
import type { Note, Plan, PlanStep } from './plan.ts';
import { redisClusterRefusals } from './redis-cluster-refusals.ts';
import type { RedisClusterSeen } from './redis-cluster-seen.ts';
import { redisClusterSteps } from './redis-cluster-steps.ts';
import type { RedisReadings } from './redis-readings.ts';
import { redisSymptoms } from './redis-rules.ts';
import { causeOf } from './rule.ts';

export interface RedisClusterPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  /** Name in `databases` of the catalog. */
  database: string;
  container: DatabaseContainer;
  readings: RedisReadings;
  seen: RedisClusterSeen;
  /** Services of the nodes, masters first. */
  nodes: readonly string[];
  /** What is in the cluster under the same key is replaced: good only before clients write to the cluster. */
  copyAgain: boolean;
}

/**
 * Runbook 3.4, "Redis Cluster": six nodes beside the standing server, with its settings, and a copy of its keys. The standing server is only
 * read, and goes on: clients are switched when somebody wants it, and back if it was no good.
 */
export const planRedisCluster = (input: RedisClusterPlanInput): Plan => {
  const { catalog, catalogHash, observedAtMs, container, readings } = input;
  const symptoms = redisSymptoms(readings, container.memoryOfLimit);
  const fired = symptoms.filter((rule) => rule.fired === true).map(causeOf);
  const refusals = redisClusterRefusals(input);
  const steps = refusals.length > 0 ? [] : redisClusterSteps(input, fired.length === 0 ? [wished] : fired);
  return withHash({
    procedure: 'formRedisCluster',
    environment: catalog.environment,
    catalogHash,
    observedAtMs,
    finding: findingOf(input, steps, refusals.length > 0),
    steps,
    refusals,
    notes: [
      ...symptoms
        .filter((rule) => rule.fired === 'unknown')
        .map(({ rule, sentence }): Note => ({ rule, message: sentence })),
      ...(steps.length > 0 && fired.length === 0 ? [{ rule: uncalledRule, message: wished.sentence }] : []),
      ...(refusals.length > 0 ? [] : notesOf(input, steps)),
    ],
  });
};

const findingOf = (
  { container, seen, nodes }: RedisClusterPlanInput,
  steps: readonly PlanStep[],
  isRefused: boolean,
): string => {
  const { service } = container;
  const keys = formatCount(seen.keysByDatabase['0'] ?? 0, 'key');
  const those = formatCount(nodes.length, 'node');
  if (isRefused) return `a cluster of ${those} cannot be made beside ${service} as it is`;
  if (seen.clusterState === undefined)
    return `${service} has ${keys}; a cluster of ${those} beside it gets a copy of them, no downtime`;
  if (seen.clusterState === 'ok')
    return steps.length === 0
      ? `the cluster of ${those} stands, every slot has a master`
      : `the cluster of ${those} stands; ${keys} of ${service} are copied once more`;
  return `${those} stand, and are no cluster: ${seen.clusterState}`;
};

const notesOf = (
  { catalog, database, container, nodes, seen, copyAgain }: RedisClusterPlanInput,
  steps: readonly PlanStep[],
): Note[] => {
  const { service } = container;
  const copies = steps.some(({ id }) => id === 'copy');
  const readers = catalog.databases?.[database]?.dependants ?? [];
  const who = readers.length === 0 ? 'the clients' : readers.join(', ');
  const notes: (Note | false)[] = [
    copies && {
      rule: 'redis-cluster.later-writes',
      message: `${service} keeps its keys and goes on; what is written to it after the copy is not in the cluster until the clients are switched: just before that, start this once more with copyAgain`,
    },
    copies &&
      seen.clusterState !== undefined && {
        rule: 'redis-cluster.replaces',
        message: `what is in the cluster under the same key is replaced by that of ${service}, and cannot be put back`,
      },
    !copies &&
      !copyAgain &&
      seen.clusterState !== undefined && {
        rule: 'redis-cluster.no-copy',
        message: `the keys of ${service} are not copied once more: say copyAgain if no client writes to the cluster yet`,
      },
    {
      rule: 'redis-cluster.clients',
      message: [
        `then let ${who} use a cluster client, with any of these as a start; commands over several keys need the same {tag} in their names:`,
        `REDIS_CLUSTER_NODES=${nodes.map((node) => `${node}:${seen.port}`).join(',')}`,
      ].join('\n'),
    },
  ];
  return notes.filter((note) => note !== false);
};
