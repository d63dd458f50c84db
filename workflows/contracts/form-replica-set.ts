import { z } from 'zod';
import { common, durationMs, environmentName, serviceName } from './common.ts';
import { databaseName, resizeFields } from './database.ts';

const { backup, downtimeBudgetMs, probeEveryMs, sampleMs } = resizeFields;

/** Input of `formReplicaSet` (Scenario 3, 3.1 "Horizontal Scaling"). Everything has the runbook's default. */
export const formReplicaSetInput = z.strictObject({
  ...common,
  environment: environmentName,
  database: databaseName('MongoDB').default('mongodb'),
  set: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/, 'letters, digits, "_" and "-" only')
    .default('rs0')
    .describe('name of the set'),
  secondaries: z
    .array(serviceName)
    .min(2)
    .max(6)
    .optional()
    .describe(
      'services that the other members run as, an even number; SERVICE-secondary-1 and -2 when left out',
    ),
  acknowledgeNoUndo: z
    .boolean()
    .default(false)
    .describe(
      'of a node that waits for its set already: what is initiated on it cannot be undone; or that was in one with others: it goes on without them',
    ),
  backup,
  downtimeBudgetMs: downtimeBudgetMs.describe(
    'from the stop to the first answered query, and once more until it is PRIMARY; spent, the change is taken back',
  ),
  probeEveryMs,
  sampleMs,
  joinTimeoutMs: durationMs
    .default(3_600_000)
    .describe('how long one new member may take to copy the data; then everything is taken back'),
});
export type FormReplicaSetInput = z.input<typeof formReplicaSetInput>;
export type FormReplicaSetRequest = z.output<typeof formReplicaSetInput>;
