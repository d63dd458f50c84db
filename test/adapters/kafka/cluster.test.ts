import { Kafka, logLevel, type Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kafkaAdmin, type KafkaAdmin } from '../../../adapters/kafka/cluster.ts';
import { createKafka, type KafkaConnection } from '../../../adapters/kafka/connect.ts';
import { planReassignment, type PartitionMove } from '../../../domain/plan-reassignment.ts';
import { throttleOf } from '../../../domain/replication-throttle.ts';
import { joinKafka, startKafka, type KafkaServer } from '../../support/kafka.ts';
import { waitFor } from '../../support/wait-for.ts';

let servers: KafkaServer[] = [];
let connection: KafkaConnection;
let kafka: KafkaAdmin;
let client: Kafka;
let admin: Admin;

beforeAll(async () => {
  const first = await startKafka();
  servers = [first];
  servers.push(...(await Promise.all([joinKafka(first, 2), joinKafka(first, 3)])));
  connection = createKafka({ brokers: first.brokers });
  kafka = kafkaAdmin(connection);
  client = new Kafka({ brokers: first.brokers, logLevel: logLevel.NOTHING });
  admin = client.admin();
  await admin.connect();
}, 120_000);

afterAll(async () => {
  await admin?.disconnect();
  await connection?.close();
  await Promise.all(servers.map((server) => server.close()));
});

let topics = 0;
/** A topic whose partitions are all on broker 1. */
const createTopic = async (partitions: number): Promise<string> => {
  topics += 1;
  const topic = `topic-${topics}`;
  const replicaAssignment = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    replicas: [1],
  }));
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, replicaAssignment }] });
  // Each of the three brokers hears of it in its own time, and any of them may be asked.
  await waitFor(
    async () => {
      const looks = await Promise.all([1, 2, 3].map(() => kafka.cluster([topic])));
      return looks.every((seen) => seen.partitions.length === partitions);
    },
    { what: `every broker to know ${topic}`, timeoutMs: 10_000 },
  );
  return topic;
};

const untilDone = (moves: readonly PartitionMove[]): Promise<unknown> =>
  waitFor(async () => (await kafka.moves(moves)).done.length === moves.length, {
    what: 'the moves',
    timeoutMs: 30_000,
  });

const dynamicOf = async (type: 2 | 4, name: string): Promise<Record<string, string>> => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type, name }],
  });
  return Object.fromEntries(
    (resources[0]?.configEntries ?? [])
      .filter(({ configSource }) => [1, 2].includes(configSource))
      .map(({ configName, configValue }) => [configName, configValue]),
  );
};

describe('partitions of a topic', () => {
  it('grow to the number that is asked for, each with a leader', async () => {
    const topic = await createTopic(10);
    expect(await kafka.growTopic(topic, 20)).toBe(10);
    const led = await kafka.untilLed(topic, { count: 20, timeoutMs: 10_000 });
    expect(led).toHaveLength(20);
  });

  it('are left alone where there are as many, which Kafka itself refuses', async () => {
    const topic = await createTopic(4);
    expect(await kafka.growTopic(topic, 4)).toBe(4);
    expect((await kafka.cluster([topic])).partitions).toHaveLength(4);
  });

  it('do not shrink, and are not made for a topic that is not there', async () => {
    const topic = await createTopic(4);
    await expect(kafka.growTopic(topic, 3)).rejects.toMatchObject({ type: 'InvalidInput' });
    await expect(kafka.growTopic('nothing', 3)).rejects.toMatchObject({ type: 'InvalidInput' });
    expect((await kafka.cluster(['nothing'])).partitions).toEqual([]);
  });
});

describe('a reassignment', () => {
  it('is carried out as planned, with all copies in sync, and is done when it is asked for again', async () => {
    const topic = await createTopic(6);
    const cluster = await kafka.cluster([topic]);
    expect(cluster.brokers).toEqual([1, 2, 3]);
    const moves = planReassignment(cluster, { brokers: cluster.brokers, replicationFactor: 2 });
    expect((await kafka.moves(moves)).open).toHaveLength(moves.length);
    await kafka.beginMoves(moves);
    await untilDone(moves);
    const after = await kafka.cluster([topic]);
    expect(planReassignment(after, { brokers: [1, 2, 3], replicationFactor: 2 })).toEqual([]);
    expect(await kafka.ongoing()).toEqual([]);
  });

  it('that is held back is seen under way, and turned when it shall go elsewhere', async () => {
    const topic = await createTopic(1);
    const producer = client.producer();
    await producer.connect();
    const value = Buffer.alloc(200_000);
    for (let sent = 0; sent < 20; sent += 1) await producer.send({ topic, messages: [{ value }] });
    await producer.disconnect();
    const moves = [{ topic, partition: 0, from: [1], to: [2] }];
    await kafka.setThrottle(throttleOf(moves, 1_000));
    await kafka.beginMoves(moves);
    expect((await kafka.moves(moves)).ongoing).toEqual(moves);
    const back = [{ topic, partition: 0, from: [2], to: [1] }];
    expect((await kafka.moves(back)).open).toEqual(back);
    await kafka.beginMoves(back);
    await untilDone(back);
    expect(await kafka.clearThrottle([1, 2], [topic])).toBe(3);
  });
});

describe('a throttle', () => {
  it('leaves everything else that was set as it is, and goes without a trace', async () => {
    const topic = await createTopic(1);
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: '3600000' }] },
        { type: 4, name: '2', configEntries: [{ name: 'log.cleaner.threads', value: '2' }] },
      ],
    });
    // What a broker says of a setting is what it works with, a moment after it was set.
    await waitFor(async () => (await dynamicOf(4, '2'))['log.cleaner.threads'] === '2', {
      what: 'the setting',
      timeoutMs: 10_000,
    });
    const moves = [{ topic, partition: 0, from: [1], to: [2] }];
    await kafka.setThrottle(throttleOf(moves, 5_000_000));
    await vi.waitFor(async () =>
      expect(await dynamicOf(2, topic)).toEqual({
        'retention.ms': '3600000',
        'leader.replication.throttled.replicas': '0:1',
        'follower.replication.throttled.replicas': '0:2',
      }),
    );
    await vi.waitFor(async () =>
      expect(await dynamicOf(4, '2')).toMatchObject({
        'log.cleaner.threads': '2',
        'follower.replication.throttled.rate': '5000000',
      }),
    );
    expect(await kafka.throttled([1, 2, 3], [topic])).toEqual(['broker 1', 'broker 2', `topic ${topic}`]);
    await kafka.clearThrottle([1, 2, 3], [topic]);
    await vi.waitFor(async () => {
      expect(await dynamicOf(2, topic)).toEqual({ 'retention.ms': '3600000' });
      expect(await dynamicOf(4, '2')).toEqual({ 'log.cleaner.threads': '2' });
    });
    expect(await kafka.clearThrottle([1, 2, 3], [topic])).toBe(0);
  });
});
