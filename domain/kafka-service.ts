import type { Catalog } from './catalog.ts';

/** The service that runs the brokers, whose lease everything needs that changes topics or brokers. */
export const kafkaService = ({ kafka }: Catalog): string => kafka?.service ?? 'kafka';

/** Services that run a broker: that of the catalog, and those that are named after it with a number (`kafka`, `kafka-2`, `kafka-3`). */
export const brokerServiceNames = (service: string, all: readonly string[]): string[] => {
  const base = service.replace(/([-_]?\d+)+$/, '');
  const isNumber = /^([-_]?\d+)*$/;
  const named = all.filter((name) => name.startsWith(base) && isNumber.test(name.slice(base.length)));
  return [...new Set([service, ...named])];
};
