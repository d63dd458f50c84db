import type { AddedService } from './added-service.ts';
import { backupName } from './backup-name.ts';
import { formatCount } from './format.ts';
import type { RedisClusterPlanInput } from './plan-redis-cluster.ts';
import type { Cause, PlanStep } from './plan.ts';

/** As the runbook names them: `redis-node-1` to `redis-node-6` beside a service `redis`. */
export const clusterNodesOf = (service: string, asked?: readonly string[]): readonly string[] =>
  asked ?? [1, 2, 3, 4, 5, 6].map((number) => `${service}-node-${number}`);

/** From whatever there is of the cluster to the whole of it; none where it stands and nothing is to be copied again. */
export const redisClusterSteps = (input: RedisClusterPlanInput, causes: Cause[]): PlanStep[] => {
  const { container, database, nodes, seen, copyAgain } = input;
  const { service } = container;
  const isNew = seen.clusterState === undefined;
  const cluster = { service, database, nodes, port: seen.port };
  const form: PlanStep = {
    id: 'form',
    title: `Make ${formatCount(nodes.length, 'node')} one cluster`,
    service,
    causes,
    operations: [{ kind: 'formRedisCluster', ...cluster, isNew, at: 'apply' }],
    checks: [{ kind: 'redisClusterOk', ...cluster }],
    undoable: isNew,
  };
  const copy: PlanStep = {
    id: 'copy',
    title: `Copy every key of ${service} into the cluster, and count`,
    service,
    causes,
    operations: [{ kind: 'copyRedisKeys', ...cluster, isNew, at: 'apply' }],
    checks: [{ kind: 'redisKeysCopied', ...cluster }],
    undoable: isNew,
  };
  return [
    ...(isNew ? [newNodes(input, causes)] : []),
    ...(seen.clusterState === 'ok' ? [] : [form]),
    ...(isNew || copyAgain ? [copy] : []),
  ];
};

const newNodes = (input: RedisClusterPlanInput, causes: Cause[]): PlanStep => {
  const { container, nodes, observedAtMs } = input;
  const { service } = container;
  return {
    id: 'nodes',
    title: `Start ${formatCount(nodes.length, 'node')}: ${nodes.join(', ')}`,
    service,
    causes,
    operations: [
      {
        kind: 'addServices',
        service,
        added: Object.fromEntries(nodes.map((name) => [name, nodeLike(input, name)])),
        backup: backupName(observedAtMs),
      },
    ],
    checks: [],
    undoable: true,
  };
};

/** Its image, limits, networks and settings are those of the standing one, its data is its own. */
const nodeLike = ({ container, seen }: RedisClusterPlanInput, name: string): AddedService => {
  const { service, command } = container;
  return {
    like: service,
    ...(container.name.endsWith(service)
      ? { containerName: `${container.name.slice(0, -service.length)}${name}` }
      : {}),
    command: clusterCommand(command, name),
    volumes: { [`${name}-data`]: seen.dataFolder },
  };
};

/** Until a master that is silent is replaced. Redis' own 15 s make a fail-over of more than 20; its cluster tutorial has this. */
const nodeTimeoutMs = 5_000;

/** Clients are told host names: addresses are given anew when containers start. Redis 7.0 manual: cluster-announce-hostname. */
export const clusterCommand = (command: readonly string[], name: string): string[] => [
  ...(command.length === 0 ? ['redis-server'] : command),
  '--cluster-enabled',
  'yes',
  '--cluster-config-file',
  'nodes.conf',
  '--cluster-node-timeout',
  String(nodeTimeoutMs),
  '--cluster-announce-hostname',
  name,
  '--cluster-preferred-endpoint-type',
  'hostname',
];
