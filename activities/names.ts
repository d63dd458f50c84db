import type { Catalog, DatabaseSpec, LoadBalancerSpec, ServiceSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { infrastructureOf } from '../domain/infrastructure.ts';

/** The service of that name. Nothing that is not in the catalog ever reaches a platform. Throws UnknownService. */
export const serviceIn = (catalog: Catalog, name: string): ServiceSpec => {
  const service = Object.hasOwn(catalog.services, name) ? catalog.services[name] : undefined;
  if (service === undefined) throw unknownNames('service', [name], Object.keys(catalog.services));
  return service;
};

/** The same for many, all unknown names in one error. */
export const servicesIn = (catalog: Catalog, names: readonly string[]): ServiceSpec[] => {
  const missing = names.filter((name) => !Object.hasOwn(catalog.services, name));
  if (missing.length > 0) throw unknownNames('service', missing, Object.keys(catalog.services));
  return names.map((name) => serviceIn(catalog, name));
};

/** Services of the platform that the catalog names anywhere: also the databases, the broker, the balancer. Throws UnknownService. */
export const knownServices = (catalog: Catalog, names: readonly string[]): void => {
  const there = [...Object.keys(catalog.services), ...infrastructureOf(catalog)];
  const missing = names.filter((name) => !there.includes(name));
  if (missing.length > 0) throw unknownNames('service', missing, there);
};

/** The grace of a service, or of the database that it runs. */
export const stopGraceOf = (catalog: Catalog, name: string): number =>
  databasesOf(catalog).find(({ service }) => service === name)?.stopGraceMs ??
  serviceIn(catalog, name).stopGraceMs;

const databasesOf = ({ databases = {} }: Catalog): DatabaseSpec[] => Object.values(databases);

/** The group with its topic as the catalog has them. */
export const groupIn = (catalog: Catalog, group: string, topic: string): { group: string; topic: string } => {
  const consumers = Object.values(catalog.services).flatMap(({ consumer }) => consumer ?? []);
  const found = consumers.find((consumer) => consumer.group === group && consumer.topic === topic);
  if (found !== undefined) return found;
  throw unknownNames(
    'consumer group',
    [`${group} on ${topic}`],
    consumers.map((consumer) => `${consumer.group} on ${consumer.topic}`),
  );
};

/** The balancer in front of the service. */
export const loadBalancerOf = (catalog: Catalog, service: string): LoadBalancerSpec => {
  serviceIn(catalog, service);
  if (catalog.loadBalancer?.upstreamService === service) return catalog.loadBalancer;
  throw new CrescendoError('UnknownService', `the catalog names no load balancer in front of ${service}`);
};

const unknownNames = (kind: string, names: readonly string[], there: readonly string[]): CrescendoError =>
  new CrescendoError(
    'UnknownService',
    `not in the catalog: ${kind} ${names.join(', ')} (there are ${there.join(', ')})`,
    { names },
  );
