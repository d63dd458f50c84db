import type { Check, Operation } from '../../domain/operation.ts';
import { perform } from './activities.ts';
import { applyToDatabase } from './database-operations.ts';
import { applyToReadReplica } from './read-replica-operations.ts';
import { applyToKafka } from './kafka-operations.ts';
import { applyToRedisCluster, verifyRedisCluster } from './redis-cluster-operations.ts';
import { applyToReplicaSet, verifyReplicaSet } from './replica-set-operations.ts';

interface Write {
  operationId: string;
  fencingToken: number;
}

/** Times that a procedure was given for its checks. */
export interface CheckTimes {
  readyTimeoutMs: number;
  rebalanceTimeoutMs: number;
  reachTimeoutMs: number;
  lagTimeoutMs: number;
}

/** What a step does and which activity carries it out: the one table. Returns facts for the report. */
export async function apply(operation: Operation, write: Write): Promise<string[]> {
  const { kind, service } = operation;
  switch (kind) {
    case 'scaleService': {
      const { from, to } = operation;
      const summary = `${service} ${from} → ${to}`;
      return (await perform('scaleService', [{ ...write, service, replicas: to }], summary)).facts;
    }
    case 'drainReplicas': {
      const { from, to, drainMs } = operation;
      const summary = `${service}: empty and stop, ${from} → ${to}`;
      return (await perform('drainReplicas', [{ ...write, service, replicas: to, drainMs }], summary)).facts;
    }
    case 'reloadUpstream': {
      const { from, to } = operation;
      const summary = `upstream of ${service}: ${from} → ${to}`;
      return (await perform('reloadUpstream', [{ ...write, service, replicas: to }], summary)).facts;
    }
    case 'editComposeFile': {
      const { edits, backup } = operation;
      const summary = `compose file: ${Object.keys(edits).join(', ')}`;
      return (await perform('editComposeFile', [{ ...write, edits, backup }], summary)).facts;
    }
    case 'restoreComposeFile': {
      const { edits, backup } = operation;
      return (
        await perform('restoreComposeFile', [{ ...write, edits, backup }], `compose file as in ${backup}`)
      ).facts;
    }
    case 'renewService': {
      const { replicas, drainMs, timeoutMs, at } = operation;
      if (at === 'undo') return [];
      const summary = `${service}: ${replicas} by the compose file, without a gap`;
      const input = { ...write, service, replicas, drainMs, timeoutMs };
      return (await perform('renewService', [input], summary)).facts;
    }
    case 'increasePartitions':
    case 'keepPartitions':
    case 'restartReplica':
    case 'awaitReplicas':
    case 'addBrokers':
    case 'removeBrokers':
    case 'movePartitions':
      return applyToKafka(operation, write);
    case 'resizeContainer':
    case 'applySettings':
    case 'replaceContainer':
      return applyToDatabase(operation, write);
    case 'initiateReplicaSet':
    case 'joinReplicaSet':
    case 'giveVotes':
      return applyToReplicaSet(operation, write);
    case 'admitReplica':
    case 'addReadReplica':
      return applyToReadReplica(operation, write);
    case 'formRedisCluster':
    case 'copyRedisKeys':
      return applyToRedisCluster(operation, write);
    case 'addServices': {
      const { added, backup } = operation;
      const summary = `add ${Object.keys(added).join(', ')}`;
      return (await perform('addServices', [{ ...write, service, added, backup }], summary)).facts;
    }
    case 'removeServices': {
      const { added, backup } = operation;
      const summary = `remove ${Object.keys(added).join(', ')}`;
      return (await perform('removeServices', [{ ...write, service, added, backup }], summary)).facts;
    }
  }
}

/** Which activity proves each check. A replica made since `sinceMs` is new: it has to say that it started. */
export async function verify(check: Check, times: CheckTimes, sinceMs?: number): Promise<string[]> {
  const since = sinceMs === undefined ? {} : { sinceMs };
  switch (check.kind) {
    case 'replicasReady': {
      const { service, replicas } = check;
      const timeoutMs = times.readyTimeoutMs;
      const summary = `${service}: ${replicas} healthy and started`;
      const input = { service, replicas, timeoutMs, ...since };
      return (await perform('waitForReplicas', [input], summary, timeoutMs)).facts;
    }
    case 'everyReplicaReached': {
      const { service, replicas } = check;
      const timeoutMs = times.reachTimeoutMs;
      const summary = `${service}: every new replica reached through the balancer`;
      const input = { service, replicas, timeoutMs, ...since };
      return (await perform('proveEveryReplicaReached', [input], summary, timeoutMs)).facts;
    }
    case 'groupStable': {
      const { group, topic, members } = check;
      const timeoutMs = times.rebalanceTimeoutMs;
      const summary = `${group} stable with ${members} members`;
      return (await perform('waitForRebalance', [{ group, topic, members, timeoutMs }], summary, timeoutMs))
        .facts;
    }
    case 'brokersJoined': {
      const { ids } = check;
      const timeoutMs = times.readyTimeoutMs;
      const summary = `brokers ${ids.join(', ')} join`;
      return (await perform('waitForBrokers', [{ ids, timeoutMs }], summary, timeoutMs)).facts;
    }
    case 'copiesInSync': {
      const { topics } = check;
      const timeoutMs = times.readyTimeoutMs;
      return (await perform('waitForCopiesInSync', [{ topics, timeoutMs }], 'all copies in sync', timeoutMs))
        .facts;
    }
    case 'databaseAnswers': {
      const { database, settings } = check;
      const timeoutMs = times.readyTimeoutMs;
      const summary = `${database} answers, with its settings`;
      return (await perform('waitForDatabase', [{ database, settings, timeoutMs }], summary, timeoutMs))
        .facts;
    }
    case 'replicaStreams': {
      const { database, replica, slot, maxLagBytes } = check;
      const timeoutMs = times.readyTimeoutMs;
      const input = { database, replica, slot, maxLagBytes, timeoutMs };
      return (await perform('waitForStreaming', [input], `${replica} streams`, timeoutMs)).facts;
    }
    case 'nodesAnswer':
    case 'memberIsSecondary':
    case 'replicaSetFormed':
      return verifyReplicaSet(check, times.readyTimeoutMs);
    case 'redisClusterOk':
    case 'redisKeysCopied':
      return verifyRedisCluster(check, times.readyTimeoutMs);
    case 'topicDrained': {
      const { group, topic } = check;
      const timeoutMs = times.lagTimeoutMs;
      const input = { group, topic, belowMessages: 1, isBelow: true, timeoutMs };
      return (await perform('waitForLagToFall', [input], `${group} has read all of ${topic}`, timeoutMs))
        .facts;
    }
    case 'lagFalling': {
      const { group, topic, belowMessages } = check;
      const timeoutMs = times.lagTimeoutMs;
      const summary = `lag of ${group} falls`;
      return (
        await perform('waitForLagToFall', [{ group, topic, belowMessages, timeoutMs }], summary, timeoutMs)
      ).facts;
    }
  }
}
