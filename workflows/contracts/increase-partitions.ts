import { z } from 'zod';
import {
  common,
  durationMs,
  environmentName,
  readyTimeoutMs,
  rebalanceTimeoutMs,
  serviceName,
} from './common.ts';

/** Name of a Kafka topic. */
export const topicName = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, ".", "_" and "-" only, at most 249');

/** Input of `increasePartitions` (Scenario 3, 3.2 "Increase Topic Partitions"). */
export const increasePartitionsInput = z.strictObject({
  ...common,
  environment: environmentName,
  topic: topicName.describe('the topic, for example message-events'),
  partitions: z
    .int()
    .min(1)
    .max(10_000)
    .describe('partitions that it shall have, in all; it can only grow, and never shrink again'),
  acknowledgeKeyRemap: z
    .boolean()
    .default(false)
    .describe(
      'say that you know: keys go to other partitions from then on, so the order of a key does not hold across the change, and there is no way back. Without it the plan waits for approval',
    ),
  services: z
    .array(serviceName)
    .max(50)
    .default([])
    .describe(
      'services to restart too; those that use the topic by the catalog (consumer, otherTopics) always are',
    ),
  drainFirst: z
    .boolean()
    .default(false)
    .describe(
      'wait before it grows until its consumers have read everything, so that nothing of a key is overtaken; producers should pause for it. When that does not come within drainTimeoutMs nothing is changed',
    ),
  drainTimeoutMs: durationMs.default(5 * 60_000).describe('how long to wait for that'),
  sampleMs: durationMs.min(500).default(3_000).describe('how long lag and CPU are watched for the symptoms'),
  readyTimeoutMs,
  rebalanceTimeoutMs,
});
export type IncreasePartitionsInput = z.input<typeof increasePartitionsInput>;
export type IncreasePartitionsRequest = z.output<typeof increasePartitionsInput>;

export const increasePartitionsWorkflowId = (environment: string, topic: string): string =>
  `crescendo-${environment}-partitions-${topic}`;
