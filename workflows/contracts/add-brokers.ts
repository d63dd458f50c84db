import { z } from 'zod';
import { common, durationMs, environmentName, rebalanceTimeoutMs } from './common.ts';
import { topicName } from './increase-partitions.ts';

/** Input of `addBrokers` (Scenario 3, 3.2 "Add Kafka Brokers"). */
export const addBrokersInput = z.strictObject({
  ...common,
  environment: environmentName,
  brokers: z.int().min(2).max(30).default(3).describe('brokers that the cluster shall have, in all'),
  replicationFactor: z
    .int()
    .min(1)
    .max(10)
    .optional()
    .describe('copies of each partition at least, at most one a broker; as they are when left out'),
  topics: z
    .array(topicName)
    .min(1)
    .max(1_000)
    .optional()
    .describe('only the partitions of these topics are moved; all, and Kafka’s own, when left out'),
  throttleBytesPerSecond: z
    .int()
    .min(1_000)
    .default(20_000_000)
    .describe('what one broker may send or take for the copies; the rest is for producers and consumers'),
  batchPartitions: z
    .int()
    .min(1)
    .max(500)
    .default(20)
    .describe('partitions that are moved side by side; each batch is a step'),
  sampleMs: durationMs.min(500).default(3_000).describe('how long lag and CPU are watched for the symptoms'),
  joinTimeoutMs: durationMs
    .default(120_000)
    .describe('how long the new brokers may take to join, and copies to be in sync at the end'),
  absentTimeoutMs: durationMs
    .default(5 * 60_000)
    .describe(
      'how long a broker that takes copies may be away before the partitions are moved back; no end of the move itself',
    ),
  rebalanceTimeoutMs,
});
export type AddBrokersInput = z.input<typeof addBrokersInput>;
export type AddBrokersRequest = z.output<typeof addBrokersInput>;

export const addBrokersWorkflowId = (environment: string): string => `crescendo-${environment}-brokers`;
