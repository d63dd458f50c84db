import type { Catalog } from './catalog.ts';

/** Services of the platform that the catalog names beside those that scale: the balancer, the broker, the databases. */
export const infrastructureOf = (catalog: Catalog): string[] => {
  const { databases = {}, kafka, loadBalancer, services } = catalog;
  const named = [
    loadBalancer?.service,
    kafka?.service,
    ...Object.values(databases).map(({ service }) => service),
  ];
  return [...new Set(named.flatMap((service) => service ?? []))].filter(
    (service) => !Object.hasOwn(services, service),
  );
};
