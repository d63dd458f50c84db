import { z } from 'zod';
import { common, durationMs, environmentName, serviceName } from './common.ts';
import { databaseName } from './database.ts';

/** Input of `addReadReplica` (Scenario 3, 3.3 "Read Replicas"). Everything has a default. */
export const addReadReplicaInput = z.strictObject({
  ...common,
  environment: environmentName,
  database: databaseName('PostgreSQL').default('postgres'),
  name: serviceName.default('postgres-replica-1').describe('service of the replica to be'),
  maxLagBytes: z
    .int()
    .min(0)
    .default(2 ** 20)
    .describe('bytes of the log that it may be behind when it is called good; 1 MiB'),
  sampleMs: durationMs
    .min(500)
    .default(3_000)
    .describe('how long CPU and memory are watched for the symptoms'),
  probeEveryMs: durationMs
    .min(5)
    .max(50)
    .default(25)
    .describe('how often a write and a read are tried on the primary meanwhile'),
  readyTimeoutMs: durationMs
    .default(10 * 60_000)
    .describe('how long it may take to catch up, from its start on'),
});
export type AddReadReplicaInput = z.input<typeof addReadReplicaInput>;
