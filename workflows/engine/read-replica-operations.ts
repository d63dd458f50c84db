import type { ReadReplicaOperation } from '../../domain/read-replica-operation.ts';
import { operationText } from '../../domain/render.ts';
import { perform } from './activities.ts';

/** The part of the table of `operations.ts` that is about read replicas. */
export async function applyToReadReplica(
  operation: ReadReplicaOperation,
  write: { operationId: string; fencingToken: number },
): Promise<string[]> {
  const summary = operationText(operation);
  const { database, slot, at } = operation;
  if (operation.kind === 'admitReplica') {
    const input = { ...write, database, slot };
    return at === 'apply'
      ? (await perform('admitReplica', [input], summary)).facts
      : (await perform('dismissReplica', [input], summary)).facts;
  }
  const { added, dataFolder, backup } = operation;
  return at === 'apply'
    ? (await perform('addReadReplica', [{ ...write, database, slot, added, dataFolder, backup }], summary))
        .facts
    : (await perform('removeReadReplica', [{ ...write, database, added, backup }], summary)).facts;
}
