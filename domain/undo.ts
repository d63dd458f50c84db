import type { Operation } from './operation.ts';

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
    case 'addServices':
      return { ...operation, kind: 'removeServices' };
    case 'removeServices':
      return { ...operation, kind: 'addServices' };
  }
};

/**
 * Undoes a list of operations that were done, last first. For a scale-up with an upstream this takes the new replicas
 * out of the balancer before it stops them.
 */
export const undoPlan = (done: readonly Operation[]): Operation[] =>
  done.toReversed().flatMap((operation) => undoOf(operation) ?? []);
