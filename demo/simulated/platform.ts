import type { KafkaSource } from '../../adapters/kafka/source.ts';
import type { MetricsSource } from '../../adapters/metrics-source.ts';
import type { Catalog } from '../../domain/catalog.ts';
import { unknown } from '../../domain/reading.ts';
import {
  createSimulatedPlatform,
  type SimulatedPlatform,
  type SimulatedService,
} from '../../platforms/simulated/index.ts';

/** Pieces of work that each piece causes further on: every message reaches one connector, most go to WhatsApp. */
const feeds: Readonly<Record<string, Record<string, number>>> = {
  'api-gateway': { 'message-service': 1 },
  'message-service': { 'whatsapp-connector': 0.7, 'telegram-connector': 0.2, 'instagram-connector': 0.1 },
};
const startUpMs = 4_000;
const partitions = 12;

/** The services of the catalog, one replica each, with the capacity that the catalog says. */
export const simulatedPlatform = (catalog: Catalog): SimulatedPlatform => {
  const services = Object.values(catalog.services).map((spec): [string, SimulatedService] => [
    spec.name,
    {
      replicas: 1,
      limits: { cpus: 0.25, memoryBytes: 256 * 2 ** 20, ...spec.baseline },
      capacityPerMinute: spec.capacity?.perMinute ?? 2_000,
      startUpMs,
      ...(spec.consumer === undefined ? {} : { group: spec.consumer.group }),
      ...(feeds[spec.name] === undefined ? {} : { feeds: feeds[spec.name] ?? {} }),
    },
  ]);
  return createSimulatedPlatform({
    services: Object.fromEntries(services),
    project: catalog.environment,
    host: { cpus: 8, memoryBytes: 16 * 2 ** 30 },
  });
};

/** What the simulation says of itself, in the place of the actuators. */
export const simulatedMetrics = (platform: SimulatedPlatform): MetricsSource => ({
  read: (service, _replicas, windowMs) => {
    const { ratePerMinute, errorRate, p95Ms } = platform.readings(service.name, windowMs);
    const poolUtilization = unknown('the simulation has no pools', 'simulation');
    return Promise.resolve({ requestRatePerMinute: ratePerMinute, errorRate, p95Ms, poolUtilization });
  },
  requestCounts: (_service, replicas) =>
    Promise.resolve(
      Object.fromEntries(replicas.map(({ name }) => [name, unknown('not counted', 'simulation')])),
    ),
});

/** Groups that are stable as soon as their replicas run, with the lag of the simulation. */
export const simulatedKafka = (platform: SimulatedPlatform, catalog: Catalog): KafkaSource => ({
  groups: async (queries) => {
    const replicas = await platform.observe();
    const readings = queries.map(({ group, topic }) => {
      const service = Object.values(catalog.services).find(({ consumer }) => consumer?.group === group);
      const members = (replicas[service?.name ?? ''] ?? []).filter(({ state }) => state === 'running').length;
      const reading = {
        group,
        topic,
        state: members === 0 ? 'Empty' : 'Stable',
        members,
        partitions,
        assignedMembers: Math.min(members, partitions),
        assignedPartitions: members === 0 ? 0 : partitions,
        lagMessages: platform.readings(service?.name ?? '', 1_000).lagMessages,
        lagByPartition: [],
        assignment: `${members} members`,
      };
      return [group, reading] as const;
    });
    return Object.fromEntries(readings);
  },
  partitions: (topics) => Promise.resolve(Object.fromEntries(topics.map((topic) => [topic, partitions]))),
});
