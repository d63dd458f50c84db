import {
  Kafka,
  logLevel,
  type Consumer,
  type EachBatchPayload,
  type KafkaMessage,
  type Producer,
} from 'kafkajs';
import type { Message } from '../message.ts';
import { required } from './environment.ts';
import { log } from './log.ts';

export const connectKafka = (clientId: string): Kafka =>
  new Kafka({
    clientId,
    brokers: required('KAFKA_BROKERS').split(','),
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => {
      const text = `kafka: ${entry.log.message} ${String(entry.log['error'] ?? '')}`.trim();
      // A rebalance and a coordinator that starts are told to each member as errors: they are the group's daily life.
      if (/rebalanc|coordinator/i.test(text)) log.warn(text);
      else log.error(text);
    },
    retry: { initialRetryTime: 200, maxRetryTime: 3_000, retries: 20 },
  });

export const startProducer = async (kafka: Kafka): Promise<Producer> => {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  return producer;
};

/** Messages of one partition that are handled together, before the next heart beat. */
const chunkSize = 5;

/**
 * Joins `group` and gives each message of `topic` to `handle`, all partitions side by side, a chunk of each at a time. An offset is
 * committed when its chunk was handled, at the latest half a second later. A message may be handled twice after a rebalance, never
 * not at all. `leave` finishes the chunks at hand, commits and leaves the group.
 */
export const startConsumer = async (
  kafka: Kafka,
  options: { group: string; topic: string; handle: Handler },
): Promise<{ leave: () => Promise<void> }> => {
  const consumer = kafka.consumer({
    groupId: options.group,
    sessionTimeout: 10_000,
    rebalanceTimeout: 15_000,
    heartbeatInterval: 1_000,
    // A fetch that waits for a few messages costs a tenth of one for each.
    minBytes: 4_096,
    maxWaitTimeInMs: 250,
    maxBytesPerPartition: 16_384,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: options.topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 10,
    autoCommitInterval: 500,
    eachBatchAutoResolve: false,
    eachBatch: (payload) => handleBatch(payload, options.handle),
  });
  return { leave: () => leave(consumer) };
};

type Handler = (message: Message) => Promise<void>;

const handleBatch = async (payload: EachBatchPayload, handle: Handler): Promise<void> => {
  const { messages } = payload.batch;
  for (let at = 0; at < messages.length; at += chunkSize) {
    if (!payload.isRunning() || payload.isStale()) return;
    const chunk = messages.slice(at, at + chunkSize);
    await Promise.all(chunk.map((message) => handleOne(message, handle)));
    const last = chunk.at(-1);
    if (last !== undefined) payload.resolveOffset(last.offset);
    await payload.heartbeat();
    await payload.commitOffsetsIfNecessary();
  }
};

const handleOne = async ({ value, offset }: KafkaMessage, handle: Handler): Promise<void> => {
  try {
    await handle(JSON.parse(value?.toString() ?? 'null') as Message);
  } catch (error) {
    log.error(`message at offset ${offset} failed, it will be tried again`, error);
    throw error;
  }
};

const leave = async (consumer: Consumer): Promise<void> => {
  await consumer.stop();
  await consumer.disconnect();
};
