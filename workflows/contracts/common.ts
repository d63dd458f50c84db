import { z } from 'zod';

/** Fields that the inputs of procedures share. */

/** Name of a service, an environment or a procedure. */
export const serviceName = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/,
    'letters, digits, ".", "_" and "-" only, starting with a letter or digit',
  );
export const replicaTarget = z.int().min(1).max(100);
/** A wait of up to a day. */
export const durationMs = z
  .int()
  .min(0)
  .max(24 * 3_600_000);

/** What every procedure takes, whatever it does. `describe` is what `crescendo run PROCEDURE --help` prints. */
export const common = {
  requestedBy: z
    .string()
    .min(1)
    .max(100)
    .default('unknown')
    .describe(
      'who asked: a person’s name or the alert that fired; stands in the history and in a search attribute',
    ),
  trigger: z
    .enum(['operator', 'alert', 'schedule', 'procedure'])
    .default('operator')
    .describe('what made it start'),
  reason: z.string().max(500).default('').describe('why; stands in the history'),
  dryRun: z.boolean().default(false).describe('return the plan, take no lease, change nothing'),
  approval: z
    .enum(['none', 'required'])
    .default('none')
    .describe('required: wait for approve with the plan’s hash before anything is changed'),
  approvalTimeoutMs: durationMs
    .default(30 * 60_000)
    .describe('how long it waits for approval; then it ends rejected, with nothing changed'),
  leaseTimeoutMs: durationMs
    .default(10 * 60_000)
    .describe('how long it waits for services that another procedure holds (then code LeaseHeld)'),
  onFailure: z
    .enum(['rollback', 'hold'])
    .default('rollback')
    .describe('what a step that cannot go on does: put back what ran before, or leave it and say so'),
};

/** The environment whose task queue and catalog it runs on. */
export const environmentName = serviceName.describe('environment of the catalog, for example chat4all');

/** How long the checks of a step may take. */
export const readyTimeoutMs = durationMs
  .default(90_000)
  .describe(
    'how long a new replica may take until it is healthy and says "Started" (the runbook sleeps 30 s)',
  );
export const rebalanceTimeoutMs = durationMs
  .default(60_000)
  .describe('how long a consumer group may take to be stable with its new members');
export const reachTimeoutMs = durationMs
  .default(30_000)
  .describe('how long every replica may take to answer a request through the balancer');
export const lagTimeoutMs = durationMs
  .default(15_000)
  .describe('how long a step waits to see the lag fall before it goes on and says so');

/** Post-Scaling Validation, right after the work. */
export const validateAfterwards = z
  .boolean()
  .default(false)
  .describe('validate the scaled platform afterwards, as a child; its table stands in the result');
