import type { Catalog, EmergencyStepSpec } from '../../domain/catalog.ts';
import type { HostObservation, Replica } from '../../domain/observation.ts';
import type { Platform } from '../../platforms/platform.ts';

/** What the checks of the platform share: read once. */
export interface Scene {
  catalog: Catalog;
  platform: Platform;
  /** By service. */
  replicas: Record<string, Replica[]>;
  host: HostObservation;
  signal: AbortSignal;
}

/** The most replicas an emergency may give each service, by the catalog. */
export function emergencyTargets({ emergency, services }: Catalog): Map<string, number> {
  const targets = new Map<string, number>();
  for (const step of emergency.steps) {
    for (const name of servicesOf(step, services)) {
      targets.set(name, Math.max(step.replicas, targets.get(name) ?? 0));
    }
  }
  return targets;
}

const servicesOf = (step: EmergencyStepSpec, services: Catalog['services']): string[] =>
  'service' in step
    ? [step.service]
    : Object.values(services)
        .filter(({ role }) => role === step.busiestOfRole)
        .map(({ name }) => name);

export const isUp = ({ state }: Replica): boolean => state === 'running';
