import type { DatabaseOperation } from '../../domain/database-operation.ts';
import { operationText } from '../../domain/render.ts';
import { perform } from './activities.ts';

/** The part of the table of `operations.ts` that is about databases. */
export async function applyToDatabase(
  operation: DatabaseOperation,
  write: { operationId: string; fencingToken: number },
): Promise<string[]> {
  const summary = operationText(operation);
  switch (operation.kind) {
    case 'resizeContainer': {
      const { service, to } = operation;
      return (await perform('resizeContainer', [{ ...write, service, resources: to }], summary)).facts;
    }
    case 'applySettings': {
      const { database, to } = operation;
      return (await perform('applyDatabaseSettings', [{ ...write, database, settings: to }], summary)).facts;
    }
    case 'replaceContainer': {
      const { database, edit, budgetMs, at } = operation;
      const stored = operation.storedAs === undefined ? {} : { storedAs: operation.storedAs };
      return at === 'apply'
        ? (await perform('replaceContainer', [{ ...write, ...stored, database, edit, budgetMs }], summary))
            .facts
        : (await perform('putContainerBack', [{ ...write, ...stored, database, budgetMs }], summary)).facts;
    }
  }
}
