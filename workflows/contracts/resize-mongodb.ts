import { z } from 'zod';
import { common, environmentName } from './common.ts';
import { cpus, databaseName, GIB, memoryBytes, resizeFields } from './database.ts';

const MIB = 2 ** 20;

/** Input of `resizeMongodb` (Scenario 3, 3.1 "Vertical Scaling"). Everything has the runbook's default. */
export const resizeMongodbInput = z.strictObject({
  ...common,
  environment: environmentName,
  database: databaseName('MongoDB').default('mongodb'),
  cpus: cpus.default(4).describe('limit of the container; 4 in the runbook'),
  memoryBytes: memoryBytes.default(8 * GIB).describe('limit of the container; 8 GiB in the runbook'),
  cacheBytes: z
    .int()
    .min(256 * MIB)
    .max(2 ** 50)
    .multipleOf(MIB)
    .optional()
    .describe('WiredTiger’s cache, whole MiB; what MongoDB itself takes of such a limit when left out'),
  ...resizeFields,
});
export type ResizeMongodbInput = z.input<typeof resizeMongodbInput>;
export type ResizeMongodbRequest = z.output<typeof resizeMongodbInput>;
