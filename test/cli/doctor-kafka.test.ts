import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kafka, logLevel } from 'kafkajs';
import type { Catalog, ServiceSpec } from '../../domain/catalog.ts';
import { kafkaRows } from '../../workers/doctor/kafka.ts';
import { startKafka, type KafkaServer } from '../support/index.ts';

let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka();
  const kafka = new Kafka({ brokers: server.brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = [
    { topic: 'orders', numPartitions: 2 },
    { topic: 'invoices', numPartitions: 4 },
  ];
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
}, 120_000);
afterAll(() => server?.close());

const consumer = (name: string, topic: string): ServiceSpec => ({
  name,
  tier: 'high',
  priority: 1,
  role: 'core',
  replicas: { min: 1, max: 5 },
  consumer: { group: `${name}-group`, topic },
  stopGraceMs: 1_000,
});

it('a topic with fewer partitions than the emergency wants is a fault, and so is one that is not there', async () => {
  const catalog: Catalog = {
    environment: 'shop',
    platform: { kind: 'simulated', seed: 1 },
    kafka: { brokers: server.brokers },
    emergency: { steps: [{ busiestOfRole: 'core', replicas: 3 }] },
    services: {
      packer: consumer('packer', 'orders'),
      biller: consumer('biller', 'invoices'),
      lost: consumer('lost', 'nothing'),
    },
  };
  const rows = await kafkaRows(catalog, AbortSignal.timeout(30_000));
  const found = Object.fromEntries(rows.map(({ check, state, found }) => [check, `${state}: ${found}`]));
  expect(found).toMatchObject({
    kafka: expect.stringMatching(/^ok: .* answers$/),
    'topic orders': 'fail: 2 partitions, packer goes to 3: the others would have nothing to do',
    'topic invoices': 'ok: 4 partitions, biller goes to 3',
    'topic nothing': 'fail: is not there',
  });
  expect(found['group packer-group']).not.toMatch(/^ok/);
  expect(rows.every(({ state, change }) => state === 'ok' || change !== undefined)).toBe(true);
});
