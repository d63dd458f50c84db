import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokerServices, brokerSettings } from '../../domain/broker-services.ts';
import { addServicesText } from '../../platforms/compose/definition-file/add.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-brokers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Configured {
  services: Record<
    string,
    { image: string; environment: Record<string, string>; volumes?: { source: string; target: string }[] }
  >;
  volumes: Record<string, unknown>;
}

/** What Compose itself makes of the file. */
const configOf = async (text: string): Promise<Configured> => {
  const file = join(folder, 'docker-compose.yml');
  await writeFile(file, text);
  const { stdout } = await execa('docker', [
    'compose',
    '-f',
    file,
    '-p',
    'brokers',
    'config',
    '--format',
    'json',
  ]);
  return JSON.parse(stdout) as Configured;
};

describe('brokers beside one with ZooKeeper, as in the runbook', () => {
  const file = `# The platform.
services:
  zookeeper:
    image: confluentinc/cp-zookeeper:7.5.0
    environment: { ZOOKEEPER_CLIENT_PORT: 2181 }
  kafka:
    image: confluentinc/cp-kafka:7.5.0
    environment:
      KAFKA_BROKER_ID: 1
      KAFKA_ZOOKEEPER_CONNECT: zookeeper:2181
      KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://kafka:9092,HOST://localhost:29092
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT
    ports: ['127.0.0.1:29092:29092']
    volumes: ['kafka-data:/var/lib/kafka/data']
volumes:
  kafka-data:
`;
  const settings = brokerSettings(
    [
      'KAFKA_BROKER_ID=1',
      'KAFKA_ZOOKEEPER_CONNECT=zookeeper:2181',
      'KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://kafka:9092,HOST://localhost:29092',
    ].join('\n'),
  );

  it('are taken by docker compose, each with an id, a name, ports and a volume of its own', async () => {
    const text = addServicesText(file, brokerServices({ service: 'kafka', settings, ids: [2, 3] }));
    expect(text).toContain('# The platform.');
    const { services, volumes } = await configOf(text);
    expect(Object.keys(services).toSorted()).toEqual(['kafka', 'kafka-2', 'kafka-3', 'zookeeper']);
    expect(services['kafka-3']).toMatchObject({
      image: 'confluentinc/cp-kafka:7.5.0',
      environment: {
        KAFKA_BROKER_ID: '3',
        KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181',
        KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka-3:9092,HOST://localhost:29094',
      },
      ports: [{ host_ip: '127.0.0.1', published: '29094', target: 29094 }],
      volumes: [{ source: 'kafka-3-data', target: '/var/lib/kafka/data' }],
    });
    expect(Object.keys(volumes).toSorted()).toEqual(['kafka-2-data', 'kafka-3-data', 'kafka-data']);
  });
});
