import { renderForecast, renderSchedule } from './event-schedule.ts';
import { formatBytes, formatCount } from './format.ts';
import { databaseChangeOf } from './database-operation.ts';
import { readReplicaChangeOf } from './read-replica-operation.ts';
import { kafkaChangeOf } from './render-kafka.ts';
import { redisClusterChangeOf, redisClusterCheckText } from './redis-cluster-operation.ts';
import { replicaSetChangeOf, replicaSetCheckText } from './replica-set-operation.ts';
import type { Check, Operation } from './operation.ts';
import type { Plan, PlanStep } from './plan.ts';
import { servicesOf } from './scales.ts';

/**
 * A plan as text for a person: what changes (~ change, + from nothing, - to nothing), why, what is proved afterwards,
 * what stands against it, and the hash that an approval names. No colour; the terminal's is the client's.
 */
export const renderPlan = (plan: Plan): string => {
  const sections = [
    [`${plan.procedure} on ${plan.environment}`, plan.finding],
    ...(plan.schedule === undefined ? [] : [renderSchedule(plan.schedule)]),
    ...changes(plan.steps),
    ...listed('Refused, so nothing will be changed:', plan.refusals.flatMap(refusal)),
    ...listed(
      'Notes:',
      plan.notes.map(({ message }) => `  . ${message}`),
    ),
    ...(plan.forecast === undefined ? [] : [renderForecast(plan.forecast)]),
    [summary(plan), `Plan hash: ${plan.hash}`],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
};

/** `3 to change, 1 refused`: the last line of a plan, and of a listing of plans. */
export const summary = ({ steps, refusals }: Pick<Plan, 'steps' | 'refusals'>): string => {
  if (refusals.length > 0) return `Plan: refused for ${formatCount(refusals.length, 'reason')}.`;
  if (steps.length === 0) return 'Plan: nothing to do.';
  return `Plan: ${formatCount(servicesOf(steps).length, 'service')} to change.`;
};

const changes = (steps: readonly PlanStep[]): string[][] => {
  const width = Math.max(0, ...steps.map(({ service }) => service.length));
  return steps.map((step) => [
    ...step.operations.map((operation) => operationLine(operation, width)),
    ...step.causes.map(({ sentence }) => `      because ${sentence}`),
    ...step.checks.map((check) => `      then    ${checkText(check)}`),
    ...(step.undoable ? [] : ['      cannot be undone']),
  ]);
};

const operationLine = (operation: Operation, width: number): string => {
  const { mark, change } = changeOf(operation);
  return `  ${mark} ${operation.service.padEnd(width)}  ${change}`;
};

/** What one operation changes, in a few words. */
export const operationText = (operation: Operation): string =>
  `${operation.service}: ${changeOf(operation).change}`;

const changeOf = (operation: Operation): { mark: string; change: string } => {
  switch (operation.kind) {
    case 'scaleService': {
      const { from, to } = operation;
      return { mark: sign(from, to), change: `${from} -> ${to} ${to === 1 ? 'replica' : 'replicas'}` };
    }
    case 'reloadUpstream':
      return {
        mark: sign(operation.from, operation.to),
        change: `${operation.from} -> ${operation.to} in the upstream`,
      };
    case 'drainReplicas':
      return { mark: '~', change: `drained, ${operation.from} -> ${operation.to}` };
    case 'editComposeFile':
      return { mark: '~', change: `compose file, a copy in ${operation.backup}` };
    case 'restoreComposeFile':
      return { mark: '~', change: `compose file as in ${operation.backup}` };
    case 'renewService':
      return {
        mark: '~',
        change:
          operation.at === 'apply'
            ? 'replicas made anew, one for one, where the file no longer fits them'
            : 'replicas made anew when the file is put back',
      };
    case 'increasePartitions':
    case 'keepPartitions':
    case 'restartReplica':
    case 'awaitReplicas':
    case 'addBrokers':
    case 'removeBrokers':
    case 'movePartitions':
      return kafkaChangeOf(operation);
    case 'resizeContainer':
    case 'applySettings':
    case 'replaceContainer':
      return databaseChangeOf(operation);
    case 'initiateReplicaSet':
    case 'joinReplicaSet':
    case 'giveVotes':
      return replicaSetChangeOf(operation);
    case 'admitReplica':
    case 'addReadReplica':
      return readReplicaChangeOf(operation);
    case 'formRedisCluster':
    case 'copyRedisKeys':
      return redisClusterChangeOf(operation);
    case 'addServices':
      return { mark: '+', change: `${Object.keys(operation.added).join(', ')} beside it` };
    case 'removeServices':
      return { mark: '-', change: `${Object.keys(operation.added).join(', ')} beside it` };
  }
};

const sign = (from: number, to: number): string => (from === 0 ? '+' : to === 0 ? '-' : '~');

/** What a check waits for, as the end of a sentence. */
export const checkText = (check: Check): string => {
  switch (check.kind) {
    case 'replicasReady':
      return `${formatCount(check.replicas, 'replica')} of ${check.service} healthy and started`;
    case 'everyReplicaReached':
      return `each of ${formatCount(check.replicas, 'replica')} of ${check.service} reached through the balancer`;
    case 'brokersJoined':
      return `brokers ${check.ids.join(', ')} alive in the cluster`;
    case 'copiesInSync':
      return 'all copies in sync, a leader everywhere, no throttle left';
    case 'databaseAnswers':
      return `${check.database} answers a query${Object.keys(check.settings).length === 0 ? '' : ', with these settings'}`;
    case 'replicaStreams':
      return `${check.replica} streams, at most ${formatBytes(check.maxLagBytes)} behind`;
    case 'nodesAnswer':
    case 'memberIsSecondary':
    case 'replicaSetFormed':
      return replicaSetCheckText(check);
    case 'redisClusterOk':
    case 'redisKeysCopied':
      return redisClusterCheckText(check);
    case 'groupStable':
      return `group ${check.group} stable with ${formatCount(check.members, 'member')}, every partition assigned`;
    case 'topicDrained':
      return `every message of ${check.topic} read by ${check.group}`;
    default:
      return `lag of ${check.group} falling, or below ${check.belowMessages}`;
  }
};

const refusal = ({ path, message, remedy }: Plan['refusals'][number]): string[] => [
  `  ! ${path}: ${message}`,
  `      to do: ${remedy}`,
];

const listed = (title: string, lines: readonly string[]): string[][] =>
  lines.length === 0 ? [] : [[title, ...lines]];
