import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, type Admin, type Consumer } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createKafka, type KafkaConnection } from '../../../adapters/kafka/connect.ts';
import type { GroupReading } from '../../../adapters/kafka/read-groups.ts';
import { kafkaSource, type KafkaSource } from '../../../adapters/kafka/source.ts';
import { waitForStableGroup } from '../../../adapters/kafka/wait.ts';
import { CrescendoError } from '../../../domain/crescendo-error.ts';
import { startKafka, type KafkaServer } from '../../support/index.ts';

let server: KafkaServer;
let client: Kafka;
let admin: Admin;
let connection: KafkaConnection;
let kafka: KafkaSource;
const consumers: Consumer[] = [];

beforeAll(async () => {
  server = await startKafka({
    'group.initial.rebalance.delay.ms': '0',
    // A broker that was killed is taken back after its session, which is 9 s otherwise.
    'broker.session.timeout.ms': '1000',
    'broker.heartbeat.interval.ms': '200',
  });
  client = new Kafka({ clientId: 'test', brokers: server.brokers, logLevel: logLevel.NOTHING });
  admin = client.admin();
  await admin.connect();
  connection = createKafka({ brokers: server.brokers });
  kafka = kafkaSource(connection);
}, 300_000);

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.disconnect()));
});

afterAll(async () => {
  await connection?.close();
  await admin?.disconnect();
  await server?.close();
});

const unique = (name: string): string => `${name}-${randomBytes(4).toString('hex')}`;

const createTopic = async (numPartitions: number): Promise<string> => {
  const topic = unique('topic');
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  return topic;
};

const produce = async (topic: string, partition: number, count: number): Promise<void> => {
  const producer = client.producer();
  await producer.connect();
  await producer.send({ topic, messages: Array.from({ length: count }, () => ({ partition, value: 'x' })) });
  await producer.disconnect();
};

const join = async (groupId: string, topic: string, onBatch = async () => {}): Promise<Consumer> => {
  const consumer = client.consumer({
    groupId,
    sessionTimeout: 6_000,
    heartbeatInterval: 200,
    rebalanceTimeout: 5_000,
    maxWaitTimeInMs: 100,
  });
  consumers.push(consumer);
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch: onBatch });
  return consumer;
};

/** Leaves the group with these offsets and no members. */
const commit = async (groupId: string, topic: string, offsets: string[]): Promise<void> => {
  const consumer = await join(groupId, topic);
  await waitForStableGroup(kafka, { group: groupId, topic, members: 1, timeoutMs: 15_000 }, { pollMs: 50 });
  await consumer.commitOffsets(offsets.map((offset, partition) => ({ topic, partition, offset })));
  await consumer.disconnect();
};

const read = async (group: string, topic: string): Promise<GroupReading> => {
  const reading = (await kafka.groups([{ group, topic }]))[group];
  if (reading === undefined || reading instanceof CrescendoError) throw reading ?? new Error('no reading');
  return reading;
};

describe('topics', () => {
  it('have as many partitions as Kafka says, and null where there is no such topic', async () => {
    const topic = await createTopic(3);
    const missing = unique('missing');
    expect(await kafka.partitions([topic, missing])).toEqual({ [topic]: 3, [missing]: null });
  });

  it('are not created by asking for them', async () => {
    const missing = unique('missing');
    await kafka.partitions([missing]);
    await kafka.groups([{ group: unique('group'), topic: missing }]);
    expect(await admin.listTopics()).not.toContain(missing);
  });
});

describe('lag', () => {
  it('is what lies between the committed offset and the end, for each partition and in all', async () => {
    const topic = await createTopic(2);
    const group = unique('group');
    await produce(topic, 0, 10);
    await produce(topic, 1, 5);
    await commit(group, topic, ['7', '5']);
    const reading = await read(group, topic);
    expect(reading.lagByPartition).toEqual([
      { partition: 0, lagMessages: 3 },
      { partition: 1, lagMessages: 0 },
    ]);
    expect(reading.lagMessages).toMatchObject({ known: true, value: 3 });
  });

  it('counts from the earliest message where the group has confirmed nothing', async () => {
    const topic = await createTopic(2);
    await produce(topic, 1, 4);
    expect((await read(unique('group'), topic)).lagMessages).toMatchObject({ known: true, value: 4 });
  });

  it('does not count messages that retention has removed', async () => {
    const topic = await createTopic(1);
    const group = unique('group');
    await produce(topic, 0, 10);
    await commit(group, topic, ['2']);
    // kafkajs deletes only from topics that it has looked at.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });
    expect((await read(group, topic)).lagMessages).toMatchObject({ known: true, value: 4 });
  });

  it('is unknown, not zero, where the topic is not there', async () => {
    const topic = unique('missing');
    const { lagMessages } = await read(unique('group'), topic);
    expect(lagMessages).toMatchObject({ known: false, reason: `the topic ${topic} is not there` });
  });

  it('includes partitions that were added after the first read', async () => {
    const topic = await createTopic(1);
    const group = unique('group');
    expect((await read(group, topic)).partitions).toBe(1);
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    await vi.waitFor(() => produce(topic, 2, 6), { timeout: 5_000, interval: 100 });
    const reading = await read(group, topic);
    expect(reading.partitions).toBe(3);
    expect(reading.lagMessages).toMatchObject({ known: true, value: 6 });
  });

  it('of many groups comes in one go, each with its own topic', async () => {
    const topic = await createTopic(1);
    await produce(topic, 0, 2);
    const queries = Array.from({ length: 10 }, () => ({ group: unique('group'), topic }));
    const readings = await kafka.groups(queries);
    expect(Object.keys(readings).toSorted()).toEqual(queries.map(({ group }) => group).toSorted());
    for (const { group } of queries)
      expect(readings[group]).toMatchObject({ lagMessages: { known: true, value: 2 } });
  });
});

describe('a group', () => {
  it('that is not there is Dead without members', async () => {
    const topic = await createTopic(2);
    expect(await read(unique('group'), topic)).toMatchObject({
      state: 'Dead',
      members: 0,
      assignedMembers: 0,
      partitions: 2,
      assignedPartitions: 0,
    });
  });

  it('is stable when its members have joined and every partition is assigned', async () => {
    const topic = await createTopic(4);
    const group = unique('group');
    await join(group, topic);
    const first = await waitForStableGroup(kafka, { group, topic, members: 1, timeoutMs: 15_000 });
    expect(first).toMatchObject({ state: 'Stable', members: 1, assignedMembers: 1, assignedPartitions: 4 });
    const waiting = waitForStableGroup(kafka, { group, topic, members: 3, timeoutMs: 15_000 });
    await Promise.all([join(group, topic), join(group, topic)]);
    const stable = await waiting;
    expect(stable).toMatchObject({
      state: 'Stable',
      members: 3,
      assignedMembers: 3,
      assignedPartitions: 4,
    });
    // Each member by a name of its own, though all are of one client.
    expect(Object.values(stable.memberPartitions ?? {})).toHaveLength(3);
    expect(
      Object.values(stable.memberPartitions ?? {})
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1, 2, 3]);
  });

  it('is stable again with one member less after one has left', async () => {
    const topic = await createTopic(2);
    const group = unique('group');
    await Promise.all([join(group, topic), join(group, topic)]);
    await waitForStableGroup(kafka, { group, topic, members: 2, timeoutMs: 15_000 });
    await consumers.pop()?.disconnect();
    expect(await waitForStableGroup(kafka, { group, topic, members: 1, timeoutMs: 15_000 })).toMatchObject({
      members: 1,
      assignedPartitions: 2,
    });
  });

  it('with more members than partitions is stable, and says how many of them work', async () => {
    const topic = await createTopic(1);
    const group = unique('group');
    await Promise.all([join(group, topic), join(group, topic)]);
    const reading = await waitForStableGroup(kafka, { group, topic, members: 2, timeoutMs: 15_000 });
    expect(reading).toMatchObject({ members: 2, assignedMembers: 1 });
  });

  it('that does not get its members in time is GroupNotStable with what was seen', async () => {
    const topic = await createTopic(2);
    const group = unique('group');
    await join(group, topic);
    await waitForStableGroup(kafka, { group, topic, members: 1, timeoutMs: 15_000 });
    const progress: string[] = [];
    await expect(
      waitForStableGroup(
        kafka,
        { group, topic, members: 2, timeoutMs: 700 },
        { onProgress: (sentence) => progress.push(sentence) },
      ),
    ).rejects.toMatchObject({
      type: 'GroupNotStable',
      details: { state: 'Stable', members: 1, assignedPartitions: 2 },
    });
    expect(progress.at(-1)).toBe(`group ${group} is Stable with 1 members, 2 of 2 partitions assigned`);
  });

  it('is not waited for any longer once the caller has stopped', async () => {
    const topic = await createTopic(1);
    const stop = new AbortController();
    const waiting = waitForStableGroup(
      kafka,
      { group: unique('group'), topic, members: 1, timeoutMs: 60_000 },
      { signal: stop.signal, onProgress: () => stop.abort() },
    );
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a broker that is started again', () => {
  it('is read again over the same connection', async () => {
    const topic = await createTopic(2);
    const group = unique('group');
    await produce(topic, 1, 3);
    await server.kill();
    await expect(kafka.partitions([topic])).rejects.toMatchObject({ type: 'KafkaUnavailable' });
    await server.start();
    const reading = await vi.waitFor(() => read(group, topic), { timeout: 10_000, interval: 200 });
    expect(reading.lagMessages).toMatchObject({ known: true, value: 3 });
  }, 60_000);
});

describe('a broker that is not there', () => {
  it('is KafkaUnavailable within seconds, and nothing is printed', async () => {
    const printed = vi.spyOn(process.stdout, 'write');
    const warned = vi.spyOn(process.stderr, 'write');
    const logged: string[] = [];
    const nowhere = createKafka(
      { brokers: ['127.0.0.1:1'] },
      { onLog: ({ message }) => logged.push(message) },
    );
    const startedAtMs = performance.now();
    await expect(kafkaSource(nowhere).partitions(['any'])).rejects.toMatchObject({
      type: 'KafkaUnavailable',
      message: expect.stringContaining('127.0.0.1:1') as string,
    });
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    expect(logged.length).toBeGreaterThan(0);
    expect(printed).not.toHaveBeenCalled();
    expect(warned).not.toHaveBeenCalled();
    await nowhere.close();
  });
});
