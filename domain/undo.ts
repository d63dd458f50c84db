import type { MovePartitions } from './kafka-operation.ts';
import type { Operation } from './operation.ts';
import { undoOfRedisCluster } from './redis-cluster-operation.ts';
import { undoOfReplicaSet } from './replica-set-operation.ts';

/** The operation that puts back what another changed; `null` for one that cannot be undone. */
export const undoOf = (operation: Operation): Operation | null => {
  switch (operation.kind) {
    case 'scaleService':
    case 'reloadUpstream':
      return { ...operation, from: operation.to, to: operation.from };
    // Scaling up starts what was stopped.
    case 'drainReplicas':
      return { kind: 'scaleService', service: operation.service, from: operation.to, to: operation.from };
    case 'editComposeFile':
      return { ...operation, kind: 'restoreComposeFile' };
    case 'restoreComposeFile':
      return { ...operation, kind: 'editComposeFile' };
    case 'renewService':
      return { ...operation, at: operation.at === 'apply' ? 'undo' : 'apply' };
    case 'increasePartitions': {
      const { service, topic, from } = operation;
      return { kind: 'keepPartitions', service, topic, partitions: from };
    }
    case 'restartReplica': {
      const { service, replicas } = operation;
      return { kind: 'awaitReplicas', service, replicas };
    }
    case 'addBrokers':
      return { ...operation, kind: 'removeBrokers' };
    case 'movePartitions':
      return movesBack(operation);
    case 'resizeContainer':
    case 'applySettings':
      return { ...operation, from: operation.to, to: operation.from } as Operation;
    case 'replaceContainer':
    case 'admitReplica':
    case 'addReadReplica':
      return { ...operation, at: operation.at === 'apply' ? 'undo' : 'apply' };
    case 'initiateReplicaSet':
    case 'joinReplicaSet':
    case 'giveVotes':
      return undoOfReplicaSet(operation);
    case 'formRedisCluster':
    case 'copyRedisKeys':
      return undoOfRedisCluster(operation);
    // Only ever an undo themselves.
    case 'keepPartitions':
    case 'awaitReplicas':
    case 'removeBrokers':
      return null;
    case 'addServices':
      return { ...operation, kind: 'removeServices' };
    case 'removeServices':
      return { ...operation, kind: 'addServices' };
  }
};

const movesBack = (operation: MovePartitions): MovePartitions => ({
  ...operation,
  moves: operation.moves.map(({ from, to, ...which }) => ({ ...which, from: to, to: from })),
  progress: { before: 0, total: operation.moves.length },
});

/**
 * Undoes a list of operations that were done, last first. For a scale-up with an upstream this takes the new replicas
 * out of the balancer before it stops them.
 */
export const undoPlan = (done: readonly Operation[]): Operation[] =>
  done.toReversed().flatMap((operation) => undoOf(operation) ?? []);
