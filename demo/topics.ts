import { Kafka, logLevel } from 'kafkajs';
import { allTopics } from './services/message.ts';

/** As many as a group may have members: the runbook's topics have 10. */
const partitions = 10;

/** Creates the platform's topics; those that are there already stay as they are. */
export async function createTopics(brokers: string[]): Promise<void> {
  const admin = new Kafka({ clientId: 'demo', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      topics: allTopics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
      waitForLeaders: true,
    });
  } finally {
    await admin.disconnect();
  }
}
