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

/** What every procedure takes, whatever it does. */
export const common = {
  /** Who asked: a person's name or the alert that fired. Stands in the history and in a search attribute. */
  requestedBy: z.string().min(1).max(100).default('unknown'),
  trigger: z.enum(['operator', 'alert', 'schedule', 'procedure']).default('operator'),
  reason: z.string().max(500).default(''),
  /** Return the plan, take no lease, change nothing. */
  dryRun: z.boolean().default(false),
  /** `required`: wait for `approve` with the plan's hash before anything is changed. */
  approval: z.enum(['none', 'required']).default('none'),
  approvalTimeoutMs: durationMs.default(30 * 60_000),
  /** How long it waits in the queue of the lease before it gives up (code LeaseHeld). */
  leaseTimeoutMs: durationMs.default(10 * 60_000),
  /** What a step that cannot go on does. */
  onFailure: z.enum(['rollback', 'hold']).default('rollback'),
};
