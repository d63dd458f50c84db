import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../domain/catalog.ts';
import type { KafkaSymptoms } from '../../domain/kafka-symptoms.ts';
import {
  isUncalled,
  planPartitions,
  servicesToRestart,
  type PartitionsPlanInput,
} from '../../domain/plan-partitions.ts';
import { renderPlan } from '../../domain/render.ts';
import { blind, reading, replica } from './builders.ts';

const catalog: Catalog = {
  environment: 'shop',
  platform: { kind: 'simulated', seed: 1 },
  kafka: { brokers: ['localhost:29092'], service: 'kafka' },
  services: {
    'message-service': {
      name: 'message-service',
      tier: 'high',
      priority: 2,
      role: 'core',
      replicas: { min: 1, max: 10 },
      consumer: { group: 'message-service-group', topic: 'message-events' },
      stopGraceMs: 1_000,
    },
    'router-service': {
      name: 'router-service',
      tier: 'high',
      priority: 4,
      role: 'router',
      replicas: { min: 1, max: 4 },
      consumer: { group: 'router-service-group', topic: 'message-routing' },
      stopGraceMs: 1_000,
    },
  },
  emergency: { steps: [] },
};

const calm: KafkaSymptoms = { brokerCpuOfLimit: reading(0.2), diskUsed: reading(0.3), groups: [] };
const stuck: KafkaSymptoms['groups'][number] = {
  group: 'message-service-group',
  topic: 'message-events',
  before: reading(4_000),
  after: reading(4_200),
  members: 3,
};

const planOf = (more: Partial<PartitionsPlanInput> = {}) =>
  planPartitions({
    catalog,
    catalogHash: 'hash',
    observedAtMs: 1,
    topic: 'message-events',
    partitions: 20,
    services: [],
    drainFirst: false,
    cluster: {
      brokers: [1],
      partitions: Array.from({ length: 10 }, (_, partition) => ({
        topic: 'message-events',
        partition,
        leader: 1,
        replicas: [1],
        inSync: [1],
      })),
    },
    ongoing: [],
    symptoms: calm,
    replicas: {
      'message-service': [replica('message-service', 1), replica('message-service', 2)],
      'router-service': [replica('router-service', 1)],
    },
    ...more,
  });

describe('a plan for more partitions', () => {
  it('grows the topic for good, then restarts each replica of its consumers and of those that are named', () => {
    const plan = planOf({ services: ['router-service'] });
    expect(plan.steps.map(({ id, undoable }) => [id, undoable])).toEqual([
      ['partitions-message-events', false],
      ['restart-shop-message-service-1', true],
      ['restart-shop-message-service-2', true],
      ['restart-shop-router-service-1', true],
    ]);
    expect(plan.steps[1]?.checks).toEqual([
      {
        kind: 'groupStable',
        service: 'message-service',
        group: 'message-service-group',
        topic: 'message-events',
        members: 2,
      },
    ]);
    expect(renderPlan(plan)).toContain('cannot be undone');
  });

  it('restarts those too that use the topic without consuming it, by the catalog', () => {
    const router = catalog.services['router-service'];
    if (router === undefined) throw new Error('no service');
    const using = {
      ...catalog,
      services: { ...catalog.services, 'router-service': { ...router, otherTopics: ['message-events'] } },
    };
    expect(servicesToRestart(using, 'message-events', [])).toEqual(['message-service', 'router-service']);
    expect(servicesToRestart(using, 'message-routing', [])).toEqual(['router-service']);
    expect(servicesToRestart(catalog, 'message-events', [])).toEqual(['message-service']);
  });

  it('waits first until every group has read the topic, where that is asked for', () => {
    const [drain, growth] = planOf({ drainFirst: true }).steps;
    expect(drain?.checks).toEqual([
      { kind: 'topicDrained', service: 'kafka', group: 'message-service-group', topic: 'message-events' },
    ]);
    expect(growth?.id).toBe('partitions-message-events');
    const alone = { ...catalog, services: {} };
    expect(planOf({ drainFirst: true, catalog: alone }).refusals.map(({ rule }) => rule)).toEqual([
      'partitions.drain',
    ]);
  });

  it('has lag that stays although consumers are there as its cause', () => {
    const plan = planOf({ symptoms: { ...calm, groups: [stuck] } });
    expect(plan.steps[0]?.causes.map(({ rule }) => rule)).toEqual(['kafka.lag']);
    expect(isUncalled(plan)).toBe(false);
  });

  it('takes no lag as a cause that falls, that is small, or that nobody works on', () => {
    for (const group of [
      { ...stuck, after: reading(3_000) },
      { ...stuck, before: reading(10), after: reading(20) },
      { ...stuck, members: 0 },
      { ...stuck, after: blind },
    ])
      expect(isUncalled(planOf({ symptoms: { ...calm, groups: [group] } }))).toBe(true);
  });

  it('says what could not be measured, and takes it for no symptom', () => {
    const plan = planOf({ symptoms: { ...calm, brokerCpuOfLimit: blind } });
    expect(plan.notes.map(({ rule }) => rule)).toContain('kafka.broker-cpu');
    expect(isUncalled(plan)).toBe(true);
  });

  it('says which lag could not be read: that nothing is known of it is no calm', () => {
    const symptoms = { ...calm, groups: [{ ...stuck, after: blind }] };
    const note = planOf({ symptoms }).notes.find(({ rule }) => rule === 'kafka.lag');
    expect(note?.message).toBe('lag of message-service-group on message-events is unknown: not measured');
    expect(planOf({ symptoms: { ...calm, groups: [stuck] } }).notes.map(({ rule }) => rule)).not.toContain(
      'kafka.lag',
    );
  });

  it('advises where consumers cannot use as many', () => {
    expect(planOf().notes.find(({ rule }) => rule === 'partitions.consumers')?.message).toContain(
      '10 replicas',
    );
    expect(planOf({ partitions: 11, catalog: withMax(11) }).notes.map(({ rule }) => rule)).not.toContain(
      'partitions.consumers',
    );
  });

  it('advises where a broker would carry too many', () => {
    expect(planOf({ partitions: 5_000 }).notes.map(({ rule }) => rule)).toContain('partitions.brokers');
  });

  it('is refused while partitions are moved or not in sync', () => {
    const ongoing = [{ topic: 'message-events', partition: 0, replicas: [1, 2], adding: [2], removing: [] }];
    expect(planOf({ ongoing }).refusals.map(({ rule }) => rule)).toEqual(['partitions.moving']);
    const places = [{ topic: 'message-events', partition: 0, leader: 1, replicas: [1, 2], inSync: [1] }];
    expect(
      planOf({ cluster: { brokers: [1, 2], partitions: places } }).refusals.map(({ rule }) => rule),
    ).toEqual(['partitions.unhealthy']);
  });
});

const withMax = (max: number): Catalog => {
  const service = catalog.services['message-service'];
  if (service === undefined) throw new Error('no service');
  return { ...catalog, services: { 'message-service': { ...service, replicas: { min: 1, max } } } };
};
