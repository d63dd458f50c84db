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
  everyMs,
  sampleMs: soakSampleMs,
  gate: gateInput
    .optional()
    .describe('what must hold while it watches; the runbook’s thresholds when left out'),
});
export type ValidateScalingInput = z.input<typeof validateScalingInput>;
export type ValidateScalingRequest = z.output<typeof validateScalingInput>;

export const validateWorkflowId = (environment: string): string => `crescendo-${environment}-validate`;
