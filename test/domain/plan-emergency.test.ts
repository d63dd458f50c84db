import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../domain/catalog.ts';
import type { Observation } from '../../domain/observation.ts';
import { planEmergency, type EmergencyPlanInput } from '../../domain/plan-emergency.ts';
import { hashPlan } from '../../domain/plan-hash.ts';
import { scalesOf } from '../../domain/scales.ts';
import { blind, catalogOf, groupSeen, observationOf, reading, serviceSeen, spec } from './builders.ts';

const connector = (name: string, priority: number) =>
  spec(name, {
    role: 'connector',
    priority,
    consumer: { group: `${name}-group`, topic: `${name}-outbound` },
  });
const catalog: Catalog = catalogOf(
  [
    spec('api-gateway', { priority: 1 }),
    spec('message-service', { priority: 2, consumer: { group: 'messages', topic: 'message-events' } }),
    connector('whatsapp', 3),
    connector('telegram', 3),
    spec('router', { priority: 4 }),
  ],
  {
    normalRequestRatePerMinute: 1200,
    loadBalancer: {
      kind: 'nginx',
      service: 'nginx',
      upstreamService: 'api-gateway',
      upstreamName: 'api_gateway',
      upstreamPort: 8080,
      configFile: '/etc/nginx/conf.d/shop.conf',
      serverName: 'shop.test',
      listenPort: 80,
      url: 'http://localhost:8080',
      probePath: '/info',
    },
    emergency: {
      steps: [
        { service: 'api-gateway', replicas: 3 },
        { service: 'message-service', replicas: 3 },
        { busiestOfRole: 'connector', replicas: 2 },
      ],
    },
  },
);

const spike = (replicas: Partial<Record<string, number>> = {}): Observation =>
  observationOf({
    services: [
      serviceSeen('api-gateway', replicas['api-gateway'] ?? 1, {
        cpu: 0.97,
        p95Ms: reading(6100),
        errorRate: reading(0.08),
        requestRatePerMinute: reading(3600),
      }),
      serviceSeen('message-service', replicas['message-service'] ?? 1, { cpu: 0.9 }),
      serviceSeen('whatsapp', replicas['whatsapp'] ?? 1, { processingRatePerMinute: reading(40) }),
      serviceSeen('telegram', replicas['telegram'] ?? 1, { processingRatePerMinute: reading(400) }),
      serviceSeen('router', 1),
    ],
    groups: [groupSeen('messages', { topic: 'message-events', lagMessages: reading(4000) })],
  });
const partitions = { 'message-events': 12, 'whatsapp-outbound': 6, 'telegram-outbound': 6 };
const plan = (more: Partial<EmergencyPlanInput> = {}) =>
  planEmergency({ catalog, catalogHash: 'c0ffee', observation: spike(), partitions, obstacles: [], ...more });
const targetsOf = ({ steps }: ReturnType<typeof plan>) =>
  scalesOf(steps).map(({ service, from, to }) => [service, from, to]);

describe('plan of an emergency', () => {
  it('is Scenario 1: gateway to 3, message service to 3, the busiest connector to 2', () => {
    const made = plan();
    expect(targetsOf(made)).toEqual([
      ['api-gateway', 1, 3],
      ['message-service', 1, 3],
      ['telegram', 1, 2],
    ]);
    expect(made.finding).toMatch(/^api-gateway is the bottleneck: CPU 97 % of its limit, P95 6.1 s/);
    expect(made.refusals).toEqual([]);
    expect(made.hash).toBe(hashPlan(made));
  });

  it('reloads the upstream behind the balancer and proves that every replica is reached', () => {
    const [gateway] = plan().steps;
    expect(gateway?.operations).toEqual([
      { kind: 'scaleService', service: 'api-gateway', from: 1, to: 3 },
      { kind: 'reloadUpstream', service: 'api-gateway', from: 1, to: 3 },
    ]);
    expect(gateway?.checks.map(({ kind }) => kind)).toEqual(['replicasReady', 'everyReplicaReached']);
  });

  it('waits for the group of a consumer to be stable with all members, and for its lag to fall', () => {
    const consumer = plan().steps[1];
    expect(consumer?.checks).toEqual([
      { kind: 'replicasReady', service: 'message-service', replicas: 3 },
      {
        kind: 'groupStable',
        service: 'message-service',
        group: 'messages',
        topic: 'message-events',
        members: 3,
      },
      { kind: 'lagFalling', group: 'messages', topic: 'message-events', belowMessages: 1000 },
    ]);
  });

  it('says why each step is there, with the value that was measured', () => {
    const causes = plan().steps.map(({ causes }) => causes.map(({ rule }) => rule));
    expect(causes[0]).toEqual([
      'emergency.catalog',
      'scale-up.cpu',
      'scale-up.p95',
      'scale-up.errors',
      'emergency.request-rate',
      'emergency.p95',
      'emergency.error-rate',
    ]);
    expect(causes[1]).toContain('scale-up.lag');
    expect(plan().steps[2]?.causes[0]).toEqual({
      rule: 'emergency.busiest-by-processing',
      value: 400,
      sentence: 'telegram processes most of role connector: 400 messages/min',
    });
  });

  it('puts the bottleneck first and leaves the others in the order of the catalog', () => {
    const observation = spike();
    observation.services['message-service'] = serviceSeen('message-service', 1, { cpu: 0.99 });
    const made = plan({ observation });
    expect(made.steps.map(({ service }) => service)).toEqual(['message-service', 'api-gateway', 'telegram']);
    expect(made.finding).toMatch(/^message-service is the bottleneck/);
  });

  it('keeps the order of the catalog while nothing is above a threshold or nothing could be measured', () => {
    for (const cpu of [0.1, null]) {
      const observation = observationOf({
        services: [
          serviceSeen('api-gateway', 1, { cpu, memory: cpu }),
          serviceSeen('message-service', 1, { cpu: cpu === null ? null : 0.6, memory: cpu }),
          serviceSeen('telegram', 1, { cpu, memory: cpu }),
        ],
      });
      expect(plan({ observation }).steps.map(({ service }) => service)).toEqual([
        'api-gateway',
        'message-service',
        'telegram',
      ]);
    }
  });

  it('says when the bottleneck is a service that the catalog has no emergency step for', () => {
    const observation = spike();
    observation.services['router'] = serviceSeen('router', 1, { cpu: 1 });
    expect(plan({ observation }).notes).toContainEqual({
      rule: 'emergency.bottleneck-not-planned',
      message: "router is the bottleneck, but the catalog's emergency has no step for it: name it in targets",
    });
  });

  it('takes a count that a person gave in place of the default, and adds a step for a service of their own', () => {
    expect(targetsOf(plan({ targets: { 'api-gateway': 5, router: 2 } }))).toEqual([
      ['api-gateway', 1, 5],
      ['message-service', 1, 3],
      ['telegram', 1, 2],
      ['router', 1, 2],
    ]);
  });

  it('has no step for what runs already, and none at all when there is nothing to do', () => {
    const observation = spike({ 'api-gateway': 3, 'message-service': 4, telegram: 2 });
    const made = plan({ observation });
    expect(made.steps).toEqual([]);
    expect(made.refusals).toEqual([]);
    expect(made.notes.map(({ message }) => message)).toEqual([
      'api-gateway already runs 3',
      'message-service already runs 4, more than the 3 of the emergency',
      'telegram already runs 2',
    ]);
  });

  it('refuses everything that stands against what was asked for at once, each with its path and remedy', () => {
    const made = plan({
      observation: spike({ router: 1, 'api-gateway': 3 }),
      targets: { 'api-gateway': 1, 'message-service': 20, ghost: 2, router: 2 },
      obstacles: [
        {
          service: 'router',
          kind: 'container_name',
          message: 'router has a container_name',
          remedy: 'remove it',
        },
      ],
    });
    expect(made.refusals.map(({ rule, path }) => [rule, path])).toEqual([
      ['unknown-service', 'targets.ghost'],
      ['emergency.never-down', 'targets.api-gateway'],
      ['limits.catalog-max', 'targets.message-service'],
      ['limits.partitions', 'targets.message-service'],
      ['obstacle.container_name', 'services.router'],
    ]);
    for (const { remedy } of made.refusals) expect(remedy).not.toBe('');
  });

  it('does not take names of the object prototype for services', () => {
    const made = plan({ targets: JSON.parse('{"constructor":2,"__proto__":3}') as Record<string, number> });
    expect(made.refusals.map(({ path }) => path)).toEqual(['targets.constructor', 'targets.__proto__']);
  });

  it('caps a default that does not fit, and keeps the original in the note', () => {
    const made = plan({ partitions: { ...partitions, 'message-events': 2 } });
    expect(targetsOf(made)[1]).toEqual(['message-service', 1, 2]);
    expect(made.notes.map(({ message }) => message)).toContain(
      'message-service: 3 replicas capped to 2: message-events has 2 partitions, a consumer more would stand idle',
    );
  });

  it('has no step for a default that is capped to what runs', () => {
    const made = plan({ partitions: { ...partitions, 'message-events': 1 } });
    expect(targetsOf(made).map(([service]) => service)).toEqual(['api-gateway', 'telegram']);
    expect(made.refusals).toEqual([]);
  });

  it('refuses a topic that is not there, and goes on with a note where Kafka could not be asked', () => {
    expect(plan({ partitions: { ...partitions, 'message-events': null } }).refusals).toMatchObject([
      { rule: 'limits.topic-missing', path: 'services.message-service.consumer.topic' },
    ]);
    const unsure = plan({ partitions: {} });
    expect(unsure.refusals).toEqual([]);
    expect(targetsOf(unsure)).toHaveLength(3);
    expect(unsure.notes.map(({ rule }) => rule)).toContain('limits');
  });

  it('refuses a consumer whose group Kafka does not know, though it runs', () => {
    const observation = spike();
    observation.groups['messages'] = groupSeen('messages', { state: 'Dead', members: 0, lagMessages: blind });
    expect(plan({ observation }).refusals).toMatchObject([
      { rule: 'group-missing', path: 'services.message-service.consumer.group' },
    ]);
    observation.services['message-service'] = serviceSeen('message-service', 0);
    expect(plan({ observation }).refusals).toEqual([]);
  });

  it('counts the memory of earlier steps: what the first takes, the second has not', () => {
    const observation = spike();
    observation.host = { ...observation.host, availableMemoryBytes: reading(3 * 512 * 2 ** 20) };
    const made = plan({ observation });
    expect(targetsOf(made)).toEqual([
      ['api-gateway', 1, 3],
      ['message-service', 1, 2],
    ]);
    expect(plan({ observation, targets: { 'message-service': 4 } }).refusals).toMatchObject([
      { rule: 'limits.host-room', path: 'targets.message-service' },
    ]);
  });

  it('refuses a service that nobody could see, since not seen is not zero', () => {
    const observation = spike();
    delete observation.services['api-gateway'];
    expect(plan({ observation }).refusals).toMatchObject([
      { rule: 'not-observed', path: 'services.api-gateway' },
    ]);
  });

  it('chooses the connector by lag, then by CPU, where the logs say nothing, and says so', () => {
    const silent = (cpu: number, lag?: number, processing = blind) => {
      const observation = spike();
      observation.services['whatsapp'] = serviceSeen('whatsapp', 1, {
        cpu,
        processingRatePerMinute: processing,
      });
      observation.services['telegram'] = serviceSeen('telegram', 1, { cpu: 0.1 });
      if (lag !== undefined)
        observation.groups['telegram-group'] = groupSeen('telegram-group', { lagMessages: reading(lag) });
      return plan({ observation }).steps[2];
    };
    expect(silent(0.5, 70)?.causes[0]).toMatchObject({ rule: 'emergency.busiest-by-lag', value: 70 });
    expect(silent(0.5, 70, reading(0))?.causes[0]).toMatchObject({ rule: 'emergency.busiest-by-lag' });
    expect(silent(0.5)).toMatchObject({
      service: 'whatsapp',
      causes: [{ rule: 'emergency.busiest-by-cpu' }],
    });
  });
});

describe('plan of an emergency, for any platform', () => {
  const world = fc.record({
    gateway: fc.nat(12),
    messages: fc.nat(12),
    cpu: fc.double({ min: 0, max: 1, noNaN: true }),
    partitions: fc.oneof(fc.nat(12), fc.constant(null)),
    memory: fc.nat(8 * 2 ** 30),
    asked: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  });

  it('never scales down, never passes a cap, and hashes what it says', () => {
    fc.assert(
      fc.property(world, (random) => {
        const observation = observationOf({
          services: [
            serviceSeen('api-gateway', random.gateway, { cpu: random.cpu }),
            serviceSeen('message-service', random.messages, { cpu: 1 - random.cpu }),
            serviceSeen('telegram', 1),
          ],
          host: { availableMemoryBytes: reading(random.memory) },
        });
        const made = plan({
          observation,
          partitions: { ...partitions, 'message-events': random.partitions },
          ...(random.asked === undefined ? {} : { targets: { 'message-service': random.asked } }),
        });
        const scales = scalesOf(made.steps);
        expect(scales.filter(({ from, to }) => to <= from)).toEqual([]);
        expect(scales.filter(({ to }) => to > 10)).toEqual([]);
        const messages = scales.find(({ service }) => service === 'message-service')?.to ?? 0;
        expect(messages).toBeLessThanOrEqual(random.partitions ?? 0);
        const more = scales.reduce((sum, { from, to }) => sum + to - from, 0);
        expect(more * 512 * 2 ** 20).toBeLessThanOrEqual(random.memory);
        expect(made.hash).toBe(hashPlan(made));
      }),
    );
  });
});
