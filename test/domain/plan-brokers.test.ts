import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../domain/catalog.ts';
import { planBrokers, type BrokersPlanInput } from '../../domain/plan-brokers.ts';
import { blind, reading } from './builders.ts';

const GIB = 2 ** 30;

const catalog: Catalog = {
  environment: 'shop',
  platform: { kind: 'simulated', seed: 1 },
  kafka: { brokers: ['localhost:29092'], service: 'kafka' },
  services: {},
  emergency: { steps: [] },
};

const room = (more: Partial<BrokersPlanInput['room']> = {}): BrokersPlanInput['room'] => ({
  brokerMemoryBytes: reading(2 * GIB),
  hostMemoryFreeBytes: reading(8 * GIB),
  diskFreeBytes: reading(100 * GIB),
  partitions: { bytes: { 'orders-0': 10 * GIB, 'orders-1': 10 * GIB, 'orders-2': 10 * GIB }, silent: [] },
  ...more,
});

const planOf = (more: Partial<BrokersPlanInput> = {}) =>
  planBrokers({
    catalog,
    catalogHash: 'hash',
    observedAtMs: 1,
    cluster: {
      brokers: [1],
      partitions: [0, 1, 2].map((partition) => ({
        topic: 'orders',
        partition,
        leader: 1,
        replicas: [1],
        inSync: [1],
      })),
    },
    ongoing: [],
    throttled: [],
    symptoms: { brokerCpuOfLimit: reading(0.9), diskUsed: reading(0.3), groups: [] },
    brokers: 3,
    throttleBytesPerSecond: 1e6,
    batchPartitions: 20,
    absentTimeoutMs: 300_000,
    settings: { KAFKA_NODE_ID: '1', KAFKA_ADVERTISED_LISTENERS: 'INTERNAL://kafka:9092' },
    containerName: 'shop-kafka',
    room: room(),
    taken: { services: {}, volumes: [], containers: [] },
    backup: 'copy',
    ...more,
  });

const rules = (more: Partial<BrokersPlanInput>): string[] => {
  const { refusals, steps } = planOf(more);
  if (refusals.length > 0) expect(steps).toEqual([]);
  return refusals.map(({ rule }) => rule);
};

describe('a plan for more brokers', () => {
  it('has a service, a container and a volume for each, and room for all of them', () => {
    const plan = planOf();
    expect(plan.refusals).toEqual([]);
    expect(plan.steps[0]?.operations[0]).toMatchObject({
      kind: 'addBrokers',
      ids: [2, 3],
      added: {
        'kafka-2': { containerName: 'shop-kafka-2', volumes: { 'kafka-2-data': '/var/lib/kafka/data' } },
        'kafka-3': { containerName: 'shop-kafka-3', volumes: { 'kafka-3-data': '/var/lib/kafka/data' } },
      },
    });
  });

  it.each<[string, string, Partial<BrokersPlanInput['taken']>]>([
    ['a service', 'brokers.name-taken', { services: { 'kafka-2': ['kafka'] } }],
    ['a volume', 'brokers.volume-taken', { volumes: ['kafka-3-data'] }],
    ['a container of another platform', 'brokers.container-taken', { containers: ['shop-kafka-2'] }],
  ])(
    'is refused where %s goes by a name of theirs: it would be adopted, and deleted by an undo',
    (_, rule, found) => {
      expect(rules({ taken: { services: {}, volumes: [], containers: [], ...found } })).toEqual([rule]);
    },
  );

  it('is refused where they may take more memory than the host has left', () => {
    expect(rules({ room: room({ hostMemoryFreeBytes: reading(3 * GIB) }) })).toEqual(['brokers.memory']);
    expect(rules({ room: room({ hostMemoryFreeBytes: reading(3 * GIB) }), brokers: 2 })).toEqual([]);
  });

  it('is refused where the copies would fill the disk', () => {
    const small = room({ diskFreeBytes: reading(50 * GIB) });
    expect(rules({ room: small })).toEqual([]);
    expect(rules({ room: small, replicationFactor: 3 })).toEqual(['brokers.disk']);
  });

  it('counts on the copies of before to go with their batch', () => {
    const small = room({ diskFreeBytes: reading(12 * GIB) });
    expect(rules({ room: small })).toEqual(['brokers.disk']);
    expect(rules({ room: small, batchPartitions: 1 })).toEqual([]);
  });

  it('says what of the room is unknown, and takes it for no reason to stop', () => {
    const { refusals, notes } = planOf({
      room: {
        brokerMemoryBytes: blind,
        hostMemoryFreeBytes: blind,
        diskFreeBytes: blind,
        partitions: { bytes: {}, silent: ['shop-kafka: no du'] },
      },
    });
    expect(refusals).toEqual([]);
    expect(notes.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['brokers.disk', 'brokers.room']));
  });
});
