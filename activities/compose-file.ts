import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseGuard } from './lease-guard.ts';
import { knownServices, stopGraceOf } from './names.ts';
import { currentTask } from './task.ts';

/** Runbook 2.2: what stays, written into the file that defines the services, and put back. */
export const composeFileActivities = (
  dependencies: Dependencies,
): Pick<
  Activities,
  'editComposeFile' | 'restoreComposeFile' | 'compareComposeFile' | 'addServices' | 'removeServices'
> => {
  const checked = async (services: readonly string[], fencingToken: number): Promise<void> => {
    knownServices((await dependencies.loadCatalog()).catalog, services);
    await leaseGuard(dependencies)(services, fencingToken);
  };
  const beside = async (service: string, fencingToken: number): Promise<number> => {
    await checked([service], fencingToken);
    return stopGraceOf((await dependencies.loadCatalog()).catalog, service);
  };
  return {
    editComposeFile: async ({ edits, backup, fencingToken }) => {
      await checked(Object.keys(edits), fencingToken);
      const { signal } = currentTask();
      return { facts: await dependencies.platform.editDefinition({ edits, backup, signal }) };
    },
    restoreComposeFile: async ({ edits, backup, fencingToken }) => {
      await checked(Object.keys(edits), fencingToken);
      const { signal } = currentTask();
      return { facts: await dependencies.platform.restoreDefinition({ edits, backup, signal }) };
    },
    compareComposeFile: async ({ edits }) => {
      const names = edits.flatMap((one) => Object.keys(one.edits));
      knownServices((await dependencies.loadCatalog()).catalog, names);
      return dependencies.platform.compareDefinition(edits);
    },
    addServices: async ({ service, added, backup, fencingToken }) => {
      const stopGraceMs = await beside(service, fencingToken);
      const { signal } = currentTask();
      return { facts: await dependencies.platform.addServices({ added, backup, stopGraceMs, signal }) };
    },
    removeServices: async ({ service, added, backup, fencingToken }) => {
      const stopGraceMs = await beside(service, fencingToken);
      const { signal } = currentTask();
      return { facts: await dependencies.platform.removeServices({ added, backup, stopGraceMs, signal }) };
    },
  };
};
