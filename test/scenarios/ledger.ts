import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';

/** Numbered messages that are written all the time with acks=all, and found again afterwards. */
export interface Ledger {
  /** Numbers that Kafka has acknowledged. */
  acknowledged(): number;
  /** Sends that failed; each number is sent until it is acknowledged. */
  failed(): number;
  /** The longest time from a send that failed to the next that was acknowledged. */
  outageMs(): number;
  stop(): Promise<void>;
  /** Reads the topic from its start: how many of the acknowledged numbers are there. */
  find(): Promise<number>;
  close(): Promise<void>;
}

const topic = 'ledger';
const everyMs = 20;
const heldBytes = 300_000;

/**
 * Opens a topic on the one broker that there is, with some megabytes in it, so that moving it takes its time, and begins to write.
 * @param partitions of the topic
 */
export async function openLedger(brokers: string[], partitions: number, megabytes: number): Promise<Ledger> {
  const kafka = new Kafka({ clientId: 'ledger', brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
  });
  const producer = kafka.producer({ retry: { retries: 0 }, metadataMaxAge: 2_000 });
  await producer.connect();
  const value = Buffer.alloc(heldBytes, 'x');
  for (let sent = 0; sent < (megabytes * 1e6) / heldBytes; sent += 1)
    await producer.send({ topic, acks: -1, messages: [{ partition: sent % partitions, value }] });

  let acknowledged = 0;
  let failed = 0;
  let failingSinceMs: number | undefined;
  let outageMs = 0;
  const stopping = new AbortController();
  const write = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const messages = [{ key: String(acknowledged), value: String(acknowledged) }];
        await producer.send({ topic, acks: -1, timeout: 5_000, messages });
        acknowledged += 1;
        if (failingSinceMs !== undefined) outageMs = Math.max(outageMs, Date.now() - failingSinceMs);
        failingSinceMs = undefined;
      } catch {
        failed += 1;
        failingSinceMs ??= Date.now();
      }
      await sleep(everyMs);
    }
  };
  const writing = write();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await writing;
  };

  return {
    acknowledged: () => acknowledged,
    failed: () => failed,
    outageMs: () => outageMs,
    stop,
    find: async () => {
      const found = new Set<number>();
      const consumer = kafka.consumer({ groupId: `ledger-${Date.now()}` });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachMessage: ({ message }) => {
          if (message.key !== null) found.add(Number(message.key.toString()));
          return Promise.resolve();
        },
      });
      const giveUpAtMs = Date.now() + 60_000;
      while (found.size < acknowledged && Date.now() < giveUpAtMs) await sleep(200);
      await consumer.disconnect();
      return [...found].filter((number) => number < acknowledged).length;
    },
    close: async () => {
      await stop();
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}
