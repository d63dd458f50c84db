import type { Catalog, ServiceSpec } from '../../domain/catalog.ts';
import type {
  GroupObservation,
  HostObservation,
  Observation,
  Replica,
  ServiceObservation,
} from '../../domain/observation.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';

/** Small observations and catalogs for tests: only what a test is about is written in it. */
export const reading = (value: number): Reading => known(value, 'test');
export const blind = unknown('not measured', 'test');

export const replica = (service: string, number: number, more: Partial<Replica> = {}): Replica => ({
  id: `${service}-${number}`,
  name: `shop-${service}-${number}`,
  service,
  number,
  state: 'running',
  health: 'healthy',
  createdAtMs: number,
  restartCount: 0,
  limits: { cpus: 0.5, memoryBytes: 512 * 2 ** 20 },
  ...more,
});

/** `cpu` and `memory`: ratio of the limit, of every replica or of each in turn. */
export const serviceSeen = (
  service: string,
  replicas: number,
  {
    cpu = 0.2,
    memory = 0.3,
    ...more
  }: Partial<ServiceObservation> & { cpu?: number | number[] | null; memory?: number | null } = {},
): ServiceObservation => {
  const list = Array.from({ length: replicas }, (_, index) => replica(service, index + 1));
  const usage = list.map(({ name }, index) => {
    const share = Array.isArray(cpu) ? (cpu[index] ?? null) : cpu;
    const cpuOfLimit = share === null ? blind : reading(share);
    return [
      name,
      {
        cpuOfLimit,
        memoryOfLimit: memory === null ? blind : reading(memory),
        cpus: blind,
        memoryBytes: blind,
      },
    ] as const;
  });
  return {
    service,
    replicas: list,
    usage: Object.fromEntries(usage),
    requestRatePerMinute: blind,
    errorRate: blind,
    p95Ms: blind,
    poolUtilization: blind,
    processingRatePerMinute: blind,
    ...more,
  };
};

export const groupSeen = (group: string, more: Partial<GroupObservation> = {}): GroupObservation => ({
  group,
  topic: `${group}-topic`,
  state: 'Stable',
  members: 1,
  partitions: 12,
  assignedMembers: 1,
  lagMessages: reading(0),
  ...more,
});

export const bigHost: HostObservation = {
  cpus: 32,
  memoryBytes: 64 * 2 ** 30,
  reservedCpus: reading(8),
  reservedMemoryBytes: reading(16 * 2 ** 30),
  availableMemoryBytes: reading(40 * 2 ** 30),
};

export const observationOf = (what: {
  services: ServiceObservation[];
  groups?: GroupObservation[];
  host?: Partial<HostObservation>;
}): Observation => ({
  environment: 'shop',
  atMs: 1_000_000,
  windowMs: 2000,
  services: Object.fromEntries(what.services.map((service) => [service.service, service])),
  groups: Object.fromEntries((what.groups ?? []).map((group) => [group.group, group])),
  host: { ...bigHost, ...what.host },
});

export const spec = (name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  tier: 'high',
  priority: 1,
  role: name,
  replicas: { min: 1, max: 10 },
  baseline: { cpus: 0.5, memoryBytes: 512 * 2 ** 20 },
  stopGraceMs: 20_000,
  ...more,
});

export const catalogOf = (services: ServiceSpec[], more: Partial<Catalog> = {}): Catalog => ({
  environment: 'shop',
  platform: { kind: 'simulated', seed: 1 },
  services: Object.fromEntries(services.map((service) => [service.name, service])),
  emergency: { steps: [] },
  ...more,
});
