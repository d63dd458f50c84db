import { z } from 'zod';
import { common, environmentName } from './common.ts';
import { cpus, databaseName, GIB, memoryBytes, resizeFields } from './database.ts';

/** Input of `resizeRedis` (Scenario 3, 3.4 "Increase Memory Limit"). Everything has the runbook's default. */
export const resizeRedisInput = z.strictObject({
  ...common,
  environment: environmentName,
  database: databaseName('Redis').default('redis'),
  cpus: cpus.optional().describe('limit of the container; as it is when left out'),
  memoryBytes: memoryBytes.default(4 * GIB).describe('limit of the container; 4 GiB in the runbook'),
  maxmemoryBytes: z
    .int()
    .min(0)
    .max(2 ** 50)
    .optional()
    .describe(
      'what Redis takes for its data; 87.5 % of the limit when left out, 3.5 of 4 GiB as in the runbook',
    ),
  maxmemoryPolicy: z
    .enum([
      'noeviction',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
    ])
    .default('allkeys-lru')
    .describe('which keys go when it is full'),
  save: z
    .string()
    .regex(/^(|\d+ \d+( \d+ \d+)*)$/, 'pairs of seconds and changes ("900 1 300 10"), or empty for none')
    .default('')
    .describe('when a snapshot is written; empty for never, as in the runbook'),
  appendonly: z
    .enum(['yes', 'no'])
    .default('yes')
    .describe(
      'whether every write goes to a file; like save, it takes one restart where the command line says otherwise',
    ),
  ...resizeFields,
});
export type ResizeRedisInput = z.input<typeof resizeRedisInput>;
export type ResizeRedisRequest = z.output<typeof resizeRedisInput>;
