import type { Catalog } from './catalog.ts';
import type { Observation } from './observation.ts';
import { known, unknown, type Reading } from './reading.ts';
import { frontDoorOf } from './service-readings.ts';

/** How traffic is read of one observation, and whether it is a count of requests. */
export interface TrafficMeter {
  counts: boolean;
  read(seen: Observation): Reading;
}

/**
 * Requests per minute at the front door; where the catalog names no metrics of it, the CPU of the services in all (which is what the
 * runbook looks at). One replica that could not be measured makes that unknown.
 */
export const trafficMeter = (catalog: Catalog, services: readonly string[]): TrafficMeter => {
  const frontDoor = frontDoorOf(catalog);
  if (frontDoor !== undefined && catalog.services[frontDoor]?.metrics !== undefined)
    return {
      counts: true,
      read: (seen) =>
        seen.services[frontDoor]?.requestRatePerMinute ??
        unknown(`${frontDoor} was not observed`, 'observation'),
    };
  return { counts: false, read: (seen) => cpusOf(seen, services) };
};

const cpusOf = (seen: Observation, services: readonly string[]): Reading => {
  const readings = services.flatMap((service) =>
    Object.values(seen.services[service]?.usage ?? {}).map(({ cpus }) => cpus),
  );
  const missing = readings.find((reading) => !reading.known);
  if (missing !== undefined) return missing;
  if (readings.length === 0) return unknown('no replica was measured', 'platform');
  return known(
    readings.reduce((sum, reading) => sum + (reading.known ? reading.value : 0), 0),
    'platform',
  );
};
