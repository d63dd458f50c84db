import { CrescendoError } from '../domain/crescendo-error.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { knownServices, servicesIn } from './names.ts';
import { isPresent } from './replicas.ts';
import { currentTask } from './task.ts';

/** What the catalog says, and what of it is there. */
export const catalogActivities = ({
  loadCatalog,
  platform,
  kafka,
}: Dependencies): Pick<Activities, 'loadCatalog' | 'readReplicas' | 'findObstacles' | 'readPartitions'> => ({
  loadCatalog,

  readReplicas: async ({ services }) => {
    knownServices((await loadCatalog()).catalog, services);
    const observed = await platform.observe(services, currentTask().signal);
    return Object.fromEntries(
      services.map((service) => [service, (observed[service] ?? []).filter(isPresent).length]),
    );
  },

  findObstacles: async ({ services }) => {
    servicesIn((await loadCatalog()).catalog, services);
    return platform.obstacles(services, currentTask().signal);
  },

  readPartitions: async ({ topics }) => {
    if (kafka === undefined) return {};
    try {
      return await kafka.partitions(topics, currentTask().signal);
    } catch (error) {
      // Not known is said by leaving them out; the plan decides without them.
      if (error instanceof CrescendoError && error.type === 'KafkaUnavailable') return {};
      throw error;
    }
  },
});
