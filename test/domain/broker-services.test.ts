import { describe, expect, it } from 'vitest';
import { brokerServices, brokerSettings } from '../../domain/broker-services.ts';

describe('settings of a broker', () => {
  it('are what tells how to join it, and no secret of its environment', () => {
    expect(
      brokerSettings('KAFKA_NODE_ID=1\nKAFKA_SSL_KEY_PASSWORD=x\nHOME=/\nKAFKA_LISTENERS=A://:1\n'),
    ).toEqual({
      KAFKA_NODE_ID: '1',
      KAFKA_LISTENERS: 'A://:1',
    });
  });
});

describe('a broker beside one with KRaft', () => {
  const [service] = Object.values(
    brokerServices({
      service: 'kafka',
      containerName: 'chat4all-kafka',
      ids: [3],
      settings: {
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_LISTENERS: 'INTERNAL://:9092,EXTERNAL://:29092,CONTROLLER://:9093',
        KAFKA_ADVERTISED_LISTENERS: 'INTERNAL://kafka:9092,EXTERNAL://localhost:29092',
        KAFKA_LOG_DIRS: '/var/lib/kafka/data',
      },
    }),
  );

  it('is a broker only, finds the controller from its own container, and has a port of the host to itself', () => {
    expect(service).toEqual({
      like: 'kafka',
      containerName: 'chat4all-kafka-3',
      environment: {
        KAFKA_NODE_ID: '3',
        KAFKA_PROCESS_ROLES: 'broker',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@kafka:9093',
        KAFKA_LISTENERS: 'INTERNAL://:9092,EXTERNAL://:29094',
        KAFKA_ADVERTISED_LISTENERS: 'INTERNAL://kafka-3:9092,EXTERNAL://localhost:29094',
      },
      volumes: { 'kafka-3-data': '/var/lib/kafka/data' },
      ports: ['127.0.0.1:29094:29094'],
    });
  });
});

describe('a broker beside one with ZooKeeper', () => {
  it('has an id, a name and a volume of its own, and nothing of KRaft', () => {
    const [service] = Object.values(
      brokerServices({
        service: 'kafka',
        ids: [2],
        settings: {
          KAFKA_BROKER_ID: '1',
          KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181',
          KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:9092',
        },
      }),
    );
    expect(service).toEqual({
      like: 'kafka',
      environment: { KAFKA_BROKER_ID: '2', KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka-2:9092' },
      volumes: { 'kafka-2-data': '/var/lib/kafka/data' },
    });
  });
});
