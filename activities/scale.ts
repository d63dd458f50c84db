import { CrescendoError } from '../domain/crescendo-error.ts';
import type { ScaleResult } from '../platforms/platform.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseGuard } from './lease-guard.ts';
import { serviceIn } from './names.ts';
import { currentTask } from './task.ts';

/** Sets the count of a service and comes back as soon as the platform took it. */
export const scaleActivities = (dependencies: Dependencies): Pick<Activities, 'scaleService'> => ({
  scaleService: async ({ service, replicas, operationId, fencingToken }) => {
    const { signal, report } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const { stopGraceMs } = serviceIn(catalog, service);
    if (!Number.isInteger(replicas) || replicas < 0)
      throw new CrescendoError('InvalidInput', `replicas: ${replicas} is no number of replicas`);
    await leaseGuard(dependencies)([service], fencingToken);
    const result = await dependencies.platform.scale(
      { service, replicas, stopGraceMs },
      { operationId, fencingToken, signal, onProgress: report },
    );
    return { facts: factsOf(service, result) };
  },
});

const factsOf = (service: string, { created, started, removed, replicas }: ScaleResult): string[] => {
  const facts = [
    ...created.map((name) => `created ${name}`),
    ...started.filter((name) => !created.includes(name)).map((name) => `started ${name}`),
    ...removed.map((name) => `removed ${name}`),
  ];
  return facts.length > 0 ? facts : [`${service} already has ${replicas.length} replicas`];
};
