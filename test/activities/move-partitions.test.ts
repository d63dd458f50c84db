import { Kafka, logLevel, type Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kafkaAdmin, type KafkaAdmin } from '../../adapters/kafka/cluster.ts';
import { createKafka, type KafkaConnection } from '../../adapters/kafka/connect.ts';
import { joinKafka, startKafka, type KafkaServer } from '../support/kafka.ts';
import { fixtureFor, type Fixture } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

const topic = 'orders';
const moves = [0, 1].map((partition) => ({ topic, partition, from: [1], to: [2, 1] }));
const input = {
  service: 'kafka',
  moves,
  absentTimeoutMs: 60_000,
  progress: { before: 0, total: 2 },
  operationId: 'test/move/0',
  fencingToken: 1,
};

let servers: KafkaServer[] = [];
let connection: KafkaConnection;
let kafka: KafkaAdmin;
let admin: Admin;
let platform: LocalPlatform;
let fixture: Fixture;

beforeAll(async () => {
  const first = await startKafka();
  servers = [first, await joinKafka(first, 2)];
  connection = createKafka({ brokers: first.brokers });
  kafka = kafkaAdmin(connection);
  platform = await startLocalPlatform();
  fixture = fixtureFor(platform, { kafkaAdmin: kafka });
  const client = new Kafka({ brokers: first.brokers, logLevel: logLevel.NOTHING });
  admin = client.admin();
  await admin.connect();
  const replicaAssignment = moves.map(({ partition }) => ({ partition, replicas: [1] }));
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, replicaAssignment }] });
  const producer = client.producer();
  await producer.connect();
  const value = Buffer.alloc(250_000);
  for (let sent = 0; sent < 24; sent += 1)
    await producer.send({ topic, messages: [{ partition: sent % 2, value }] });
  await producer.disconnect();
}, 120_000);

afterAll(async () => {
  await admin?.disconnect();
  await connection?.close();
  await platform?.close();
  await Promise.all(servers.map((server) => server.close()));
});

const throttled = async (): Promise<string[]> => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      { type: 2, name: topic },
      { type: 4, name: '1' },
      { type: 4, name: '2' },
    ],
  });
  return resources.flatMap(({ configEntries }) =>
    configEntries
      .filter(
        ({ configName, configSource }) => configName.includes('throttled') && [1, 2].includes(configSource),
      )
      .map(({ configName }) => configName),
  );
};

describe('moving partitions', () => {
  it('takes the throttle off when it is cancelled in the middle, and the copies are still on their way', async () => {
    let cancel = (): void => undefined;
    const running = fixture.run(
      (activities) => activities.movePartitions({ ...input, throttleBytesPerSecond: 10_000 }),
      { onStart: (stop) => (cancel = stop) },
    );
    await vi.waitFor(async () => expect(await kafka.ongoing()).toHaveLength(2), { timeout: 15_000 });
    expect(await throttled()).not.toEqual([]);
    cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await throttled()).toEqual([]);
  });

  it('refuses to take a broker away that holds copies', async () => {
    const running = fixture.run((activities) =>
      activities.removeBrokers({ ...input, added: {}, ids: [2], backup: 'x' }),
    );
    await expect(running).rejects.toMatchObject({ type: 'BrokerInUse' });
  });

  it('gives up when a broker that shall take copies is away for long, and says so meanwhile', async () => {
    await servers[1]?.kill();
    try {
      await vi.waitFor(async () => expect((await kafka.cluster([])).brokers).toEqual([1]), {
        timeout: 20_000,
      });
      const running = fixture.run((activities) =>
        activities.movePartitions({ ...input, throttleBytesPerSecond: 10_000, absentTimeoutMs: 1_500 }),
      );
      await expect(running).rejects.toMatchObject({ type: 'BrokerNotJoined' });
      expect(JSON.stringify(fixture.heartbeats)).toContain('broker 2 is not in the cluster');
      // What an attempt before has missed counts: its worker may have died.
      const again = fixture.run(
        (activities) =>
          activities.movePartitions({ ...input, throttleBytesPerSecond: 10_000, absentTimeoutMs: 60_000 }),
        { heartbeatDetails: { absentSinceMs: Date.now() - 60_000 } },
      );
      await expect(again).rejects.toMatchObject({ type: 'BrokerNotJoined' });
    } finally {
      await servers[1]?.start();
    }
  }, 90_000);

  it('is taken up by the next attempt, which ends when every copy is in sync', async () => {
    const { facts } = await fixture.run((activities) =>
      activities.movePartitions({ ...input, throttleBytesPerSecond: 50_000_000 }),
    );
    expect(facts.join()).toMatch(/2 partitions (moved|are where)/);
    const { partitions } = await kafka.cluster([topic]);
    expect(partitions.map(({ replicas, inSync }) => [replicas, inSync.length])).toEqual([
      [[2, 1], 2],
      [[2, 1], 2],
    ]);
    expect(await throttled()).toEqual([]);
  });

  it('is done at once when it is asked for again, and the copies are proved to be in sync', async () => {
    const again = await fixture.run((activities) =>
      activities.movePartitions({ ...input, throttleBytesPerSecond: 50_000_000 }),
    );
    expect(again.facts).toEqual(['2 partitions are where they shall be already']);
    const proof = await fixture.run((activities) =>
      activities.waitForCopiesInSync({ topics: [topic], timeoutMs: 10_000 }),
    );
    expect(proof.facts.slice(0, 2)).toEqual([
      'all copies of 2 partitions are in sync, each has a leader',
      'no throttle is left',
    ]);
  });

  it('starts an added broker that an engine which came back has left stopped', async () => {
    const added = await platform.add('kafka-2', { state: 'exited' });
    await platform.add('kafka-3', { state: 'exited' });
    const started: string[] = [];
    platform.start = async (service) => {
      started.push(service);
      added.state = 'running';
    };
    await fixture.run((activities) =>
      activities.movePartitions({ ...input, throttleBytesPerSecond: 50_000_000 }),
    );
    // Broker 3 takes no copy: whoever has stopped it means it.
    expect(started).toEqual(['kafka-2']);
    expect(fixture.heartbeats).toContain('kafka-2 had stopped meanwhile, and was started');
  });

  it('waits in vain for a broker that never joins', async () => {
    const running = fixture.run((activities) => activities.waitForBrokers({ ids: [9], timeoutMs: 300 }));
    await expect(running).rejects.toMatchObject({ type: 'BrokerNotJoined' });
  });
});
