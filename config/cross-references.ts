import type { Problem } from './yaml.ts';

/**
 * What a schema cannot say: names that must exist, limits that must fit one another. Works on the raw data, whatever its
 * shape, so that these errors are told together with those of the schema.
 */
export const crossReferences = (data: unknown): Problem[] => {
  const catalog = fields(data);
  const services = fields(catalog['services']);
  return [
    ...hiddenNames(services),
    ...upstream(fields(catalog['loadBalancer']), services),
    ...limits(services),
    ...emergency(catalog, services),
    ...consumers(catalog, services),
    ...empty(catalog, services),
  ];
};

const upstream = (balancer: Fields, services: Fields): Problem[] => {
  const { upstreamService } = balancer;
  if (typeof upstreamService !== 'string' || Object.hasOwn(services, upstreamService)) return [];
  return [{ path: 'loadBalancer.upstreamService', message: noService(upstreamService, services) }];
};

const limits = (services: Fields): Problem[] =>
  Object.entries(services).flatMap(([name, service]) => {
    const { min, max } = fields(fields(service)['replicas']);
    if (typeof min !== 'number' || typeof max !== 'number' || min <= max) return [];
    return [{ path: `services.${name}.replicas`, message: `min ${min} is above max ${max}` }];
  });

const emergency = (catalog: Fields, services: Fields): Problem[] => {
  const { steps } = fields(catalog['emergency']);
  if (!Array.isArray(steps)) return [];
  const seen = new Set<string>();
  return steps.flatMap((step: unknown, index): Problem[] => {
    const path = `emergency.steps[${index}]`;
    const { service, busiestOfRole, replicas } = fields(step);
    if (typeof busiestOfRole === 'string') return role(path, busiestOfRole, services);
    if (typeof service !== 'string') return [];
    if (!Object.hasOwn(services, service))
      return [{ path: `${path}.service`, message: noService(service, services) }];
    if (seen.has(service))
      return [{ path: `${path}.service`, message: `${service} has a step already: keep one of them` }];
    seen.add(service);
    const { max } = fields(fields(services[service])['replicas']);
    if (typeof replicas !== 'number' || typeof max !== 'number' || replicas <= max) return [];
    const message = `${replicas} is above services.${service}.replicas.max, which is ${max}`;
    return [{ path: `${path}.replicas`, message }];
  });
};

const role = (path: string, wanted: string, services: Fields): Problem[] => {
  const roles = new Set(
    Object.entries(services).flatMap(([name, service]) => {
      const { role = name } = fields(service);
      return typeof role === 'string' ? [role] : [];
    }),
  );
  if (roles.has(wanted)) return [];
  const message = `no service has the role ${wanted}: known are ${[...roles].join(', ')}`;
  return [{ path: `${path}.busiestOfRole`, message }];
};

const consumers = (catalog: Fields, services: Fields): Problem[] => {
  const consuming = Object.keys(services).filter((name) => fields(services[name])['consumer'] !== undefined);
  if (consuming.length === 0 || catalog['kafka'] !== undefined) return [];
  const message = `missing: ${consuming.join(', ')} consume topics, so give kafka.brokers`;
  return [{ path: 'kafka', message }];
};

const empty = (catalog: Fields, services: Fields): Problem[] => {
  if (catalog['services'] === undefined || Object.keys(services).length > 0) return [];
  return [{ path: 'services', message: 'names no service: add at least one' }];
};

/** Names that a plain object would take for something of its own. */
const hiddenNames = (services: Fields): Problem[] =>
  ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']
    .filter((name) => Object.hasOwn(services, name))
    .map((name) => ({ path: `services.${name}`, message: 'cannot be the name of a service' }));

const noService = (name: string, services: Fields): string =>
  `no service ${name} under services: known are ${Object.keys(services).join(', ') || 'none'}`;

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
