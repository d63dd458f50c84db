import { z } from 'zod';
import { common, environmentName, serviceName } from './common.ts';
import { databaseName, resizeFields } from './database.ts';

const { probeEveryMs, sampleMs, readyTimeoutMs } = resizeFields;

/** Input of `formRedisCluster` (Scenario 3, 3.4 "Redis Cluster"). Everything has the runbook's default. */
export const formRedisClusterInput = z.strictObject({
  ...common,
  environment: environmentName,
  database: databaseName('Redis').default('redis'),
  nodes: z
    .array(serviceName)
    .min(6)
    .max(32)
    .optional()
    .describe(
      'services of the nodes, an even number, the first half masters; SERVICE-node-1 to -6 when left out',
    ),
  copyAgain: z
    .boolean()
    .default(false)
    .describe(
      'of a cluster that stands: copy the keys once more, over what is there; good only before clients write to it',
    ),
  probeEveryMs,
  sampleMs,
  readyTimeoutMs: readyTimeoutMs.describe('how long it may take until every replica is in sync'),
});
export type FormRedisClusterInput = z.input<typeof formRedisClusterInput>;
