import type { Catalog } from './catalog.ts';
import { formatBytes } from './format.ts';
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
/** The same: 500 GB of SSD for Kafka, MongoDB and logs. */
export const sizingDiskBytes = 500e9;

/** What one service, or one part of the infrastructure, needs. */
export interface SizingLine {
  name: string;
  replicas: number;
  /** Of one replica; `undefined`: the catalog does not say, and it is in no sum. */
  each: Required<Resources> | undefined;
}

/** What the appendix would size the hosts to. */
export interface ServerSizing {
  lines: { services: SizingLine[]; infrastructure: SizingLine[] };
  services: Required<Resources>;
  infrastructure: Required<Resources>;
  /** Both with the headroom of the appendix's example; at least that, where a service is unknown. */
  total: Required<Resources>;
  diskBytes: number;
}

/**
 * Appendix, "Server Sizing": the baseline of every service's replicas and of the infrastructure that the catalog names, with headroom.
 * @param replicas by service
 */
export const serverSizing = (catalog: Catalog, replicas: Readonly<Record<string, number>>): ServerSizing => {
  const services = Object.entries(replicas)
    .filter(([, count]) => count > 0)
    .map(([name, count]): SizingLine => ({ name, replicas: count, each: baselineOf(catalog, name) }));
  const infrastructure = [
    ...(catalog.kafka === undefined ? [] : [partOf(catalog.kafka.service ?? 'kafka', 'kafka')]),
    ...Object.values(catalog.databases ?? {}).map(({ kind, service }) => partOf(service, kind)),
  ];
  const [ofServices, shared] = [sum(services), sum(infrastructure)];
  return {
    lines: { services, infrastructure },
    services: ofServices,
    infrastructure: shared,
    total: {
      cpus: Math.ceil((ofServices.cpus + shared.cpus) * sizingHeadroom),
      memoryBytes: Math.ceil((ofServices.memoryBytes + shared.memoryBytes) * sizingHeadroom),
    },
    diskBytes: sizingDiskBytes,
  };
};

/** The sizing as lines for a person, a line for each service and part. What is unknown is said. */
export const renderSizing = (sizing: ServerSizing, host: Required<Resources>): string[] => {
  const { lines, services, infrastructure, total, diskBytes } = sizing;
  const all = [...lines.services, ...lines.infrastructure];
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  const isUnknown = all.some(({ each }) => each === undefined);
  const short = total.cpus > host.cpus || total.memoryBytes > host.memoryBytes;
  return [
    '  sizing by the appendix:',
    ...all.map((line) => `    ${line.name.padEnd(width)}  ${lineText(line)}`),
    `    services ${needs(services)}, infrastructure ${needs(infrastructure)}, with headroom ${isUnknown ? 'at least ' : ''}${needs(total)}${short ? ': more than the hosts have' : ''}`,
    `    disk ${diskBytes / 1e9} GB of SSD, for Kafka, MongoDB and logs`,
  ];
};

/** `3 CPUs and 4 GiB`. */
export const needs = ({ cpus, memoryBytes }: Required<Resources>): string =>
  `${Math.round(cpus * 100) / 100} CPUs and ${formatBytes(memoryBytes)}`;

const lineText = ({ replicas, each }: SizingLine): string => {
  if (each === undefined) return `${replicas} x unknown: the catalog gives no baseline of it`;
  return `${replicas} x ${needs(each)}`;
};

/** A half of it is unknown as well: it would count as nothing. */
const baselineOf = (catalog: Catalog, name: string): Required<Resources> | undefined => {
  const { cpus, memoryBytes } = catalog.services[name]?.baseline ?? {};
  return cpus === undefined || memoryBytes === undefined ? undefined : { cpus, memoryBytes };
};

const partOf = (name: string, kind: keyof typeof infrastructureBaseline): SizingLine => ({
  name,
  replicas: 1,
  each: infrastructureBaseline[kind],
});

const sum = (lines: readonly SizingLine[]): Required<Resources> =>
  lines.reduce(
    (total, { replicas, each }) => ({
      cpus: Math.round((total.cpus + replicas * (each?.cpus ?? 0)) * 1_000) / 1_000,
      memoryBytes: total.memoryBytes + replicas * (each?.memoryBytes ?? 0),
    }),
    { cpus: 0, memoryBytes: 0 },
  );
