import type { Catalog } from './catalog.ts';
import type { Observation } from './observation.ts';
import { valueOf } from './reading.ts';
import { groupOf, hottest } from './service-readings.ts';

export interface Busiest {
  service: string;
  /** What it was chosen by: messages in work per minute, lag in messages, or CPU as a ratio of the limit. */
  by: 'processing' | 'lag' | 'cpu' | 'priority';
  value?: number;
  sentence: string;
}

/**
 * Runbook 1.4: the service of a role with the most "Processing message" traffic. Where no service's log says anything
 * it goes by the lag of the groups, then by CPU, then by the catalog's priority, and says which.
 * `undefined` when the catalog has no observed service of that role.
 */
export const busiestOfRole = (catalog: Catalog, seen: Observation, role: string): Busiest | undefined => {
  const services = Object.values(catalog.services)
    .filter((service) => service.role === role && seen.services[service.name] !== undefined)
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ name }) => name);

  const processing = highest(services, (name) => valueOf(seen.services[name]?.processingRatePerMinute));
  if (processing !== undefined) {
    const { service, value, unknown } = processing;
    const rest = unknown.length === 0 ? '' : ` (unknown for ${unknown.join(', ')})`;
    const sentence = `${service} processes most of role ${role}: ${Math.round(value)} messages/min${rest}`;
    return { service, by: 'processing', value, sentence };
  }
  const lag = highest(services, (name) => valueOf(groupOf(catalog, seen, name)?.lagMessages));
  if (lag !== undefined) {
    const { service, value } = lag;
    const sentence = `${service} is taken as the busiest of role ${role} by the lag of its group (${Math.round(value)}): no log says what is processed`;
    return { service, by: 'lag', value, sentence };
  }
  const cpu = highest(services, (name) => cpuOf(seen, name));
  if (cpu !== undefined) {
    const { service, value } = cpu;
    const sentence = `${service} is taken as the busiest of role ${role} by CPU (${Math.round(value * 100)} %): neither logs nor lag tell`;
    return { service, by: 'cpu', value, sentence };
  }
  const [service] = services;
  if (service === undefined) return undefined;
  return {
    service,
    by: 'priority',
    sentence: `${service} comes first in role ${role}: nothing could be measured`,
  };
};

const cpuOf = (seen: Observation, name: string): number | undefined => {
  const service = seen.services[name];
  return service === undefined ? undefined : valueOf(hottest(service, 'cpuOfLimit'));
};

/** The service with the highest value above 0; all zero or unknown tells nothing. The first wins among equals. */
const highest = (services: readonly string[], valueFor: (name: string) => number | undefined) => {
  const values = services.map((service) => ({ service, value: valueFor(service) }));
  const unknown = values.filter(({ value }) => value === undefined).map(({ service }) => service);
  const [first] = values
    .flatMap(({ service, value }) => (value !== undefined && value > 0 ? [{ service, value }] : []))
    .toSorted((a, b) => b.value - a.value);
  return first === undefined ? undefined : { ...first, unknown };
};
