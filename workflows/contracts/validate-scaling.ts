import { z } from 'zod';
import { common, durationMs, environmentName } from './common.ts';
import { everyMs, gateInput, soakSampleMs } from './gate.ts';

const MINUTE = 60_000;

/** Input of `validateScaling` (Post-Scaling Validation). It reads, changes nothing and takes no lease. */
export const validateScalingInput = z.strictObject({
  ...common,
  environment: environmentName,
  errorsOfMs: durationMs.default(10 * MINUTE).describe('how far back the logs are read for errors'),
  requests: z
    .int()
    .min(10)
    .max(10_000)
    .default(100)
    .describe('requests sent through the balancer, to see which replica answers them'),
  messages: z.int().min(1).max(100).default(5).describe('messages sent from end to end, one after the other'),
  deliveryTimeoutMs: durationMs.default(10_000).describe('how long one message may take to its delivery'),
  watchMs: durationMs.default(15 * MINUTE).describe('how long the metrics are watched; 0: not at all'),
  watched: z
    .object({
      verdict: z.enum(['pass', 'fail', 'inconclusive']).describe('of its gate'),
      reasons: z.array(z.string()).describe('why it is not pass'),
      notes: z.array(z.string()).describe('what is worth knowing'),
      samples: z.int().min(0).describe('looks'),
      watchedMs: z.number().min(0).describe('how long'),
      worst: z.record(z.string(), z.number()).describe('the highest value of each metric'),
      mean: z.record(z.string(), z.number()).default({}).describe('the mean of each metric'),
    })
    .optional()
    .describe(
      'what the procedure that starts it as a child has watched just before, in place of watching again',
    ),
  everyMs,
  sampleMs: soakSampleMs,
  gate: gateInput
    .optional()
    .describe('what must hold while it watches; the runbook’s thresholds when left out'),
});
export type ValidateScalingInput = z.input<typeof validateScalingInput>;
export type ValidateScalingRequest = z.output<typeof validateScalingInput>;

export const validateWorkflowId = (environment: string): string => `crescendo-${environment}-validate`;
