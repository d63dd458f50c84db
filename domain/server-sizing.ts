import type { Catalog } from './catalog.ts';
import type { Resources } from './observation.ts';

const GIB = 2 ** 30;

/** Appendix, "Resource Requirements, Infrastructure (shared)". */
export const infrastructureBaseline = {
  kafka: { cpus: 2, memoryBytes: 4 * GIB },
  mongodb: { cpus: 2, memoryBytes: 4 * GIB },
  postgres: { cpus: 2, memoryBytes: 4 * GIB },
  redis: { cpus: 1, memoryBytes: 2 * GIB },
} as const;

/** "Server Sizing Example": 22 CPUs of services and infrastructure on a server of 32. */
export const sizingHeadroom = 1.45;

/** What the appendix would size the hosts to. */
export interface ServerSizing {
  services: Required<Resources>;
  infrastructure: Required<Resources>;
  /** Both with the headroom of the appendix's example. */
  total: Required<Resources>;
}

/**
 * Appendix, "Server Sizing": the baseline of every service's replicas and of the infrastructure that the catalog names, with headroom.
 * @param replicas by service
 */
export const serverSizing = (catalog: Catalog, replicas: Readonly<Record<string, number>>): ServerSizing => {
  const services = sum(
    Object.entries(replicas).map(([name, count]) => {
      const { cpus = 0, memoryBytes = 0 } = catalog.services[name]?.baseline ?? {};
      return { cpus: cpus * count, memoryBytes: memoryBytes * count };
    }),
  );
  const databases = Object.values(catalog.databases ?? {}).map(({ kind }) => infrastructureBaseline[kind]);
  const infrastructure = sum([
    ...(catalog.kafka === undefined ? [] : [infrastructureBaseline.kafka]),
    ...databases,
  ]);
  const both = sum([services, infrastructure]);
  return {
    services,
    infrastructure,
    total: {
      cpus: Math.ceil(both.cpus * sizingHeadroom),
      memoryBytes: Math.ceil(both.memoryBytes * sizingHeadroom),
    },
  };
};

const sum = (all: readonly Required<Resources>[]): Required<Resources> =>
  all.reduce(
    (total, { cpus, memoryBytes }) => ({
      cpus: Math.round((total.cpus + cpus) * 1_000) / 1_000,
      memoryBytes: total.memoryBytes + memoryBytes,
    }),
    { cpus: 0, memoryBytes: 0 },
  );
