import { z } from 'zod';
import {
  common,
  durationMs,
  environmentName,
  lagTimeoutMs,
  reachTimeoutMs,
  readyTimeoutMs,
  rebalanceTimeoutMs,
  replicaTarget,
  serviceName,
} from './common.ts';
import { everyMs, gateInput, soakSampleMs } from './gate.ts';

const MINUTE = 60_000;

/** Input of `gradualScaleDown` ("Gradual Scale-Down, after traffic returns to normal"). Everything has the runbook's default. */
export const gradualScaleDownInput = z.strictObject({
  ...common,
  // Undoing everything would pay for replicas that were not missed: only the last one comes back.
  onFailure: z
    .enum(['rollback', 'hold'])
    .default('hold')
    .describe('what a gate that fails does; hold: the last replica comes back, rollback: all of them do'),
  environment: environmentName,
  targets: z
    .record(serviceName, replicaTarget)
    .optional()
    .describe('replicas by service to go down to, in place of what ran before'),
  services: z
    .array(serviceName)
    .min(1)
    .max(50)
    .optional()
    .describe('only these services; all that have more than they had when left out'),
  to: z
    .enum(['snapshot', 'minimum'])
    .default('snapshot')
    .describe(
      'snapshot: what ran before the procedure of procedureId; minimum: the least that the catalog allows',
    ),
  procedureId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'workflow id of the procedure whose scaling ends; the last incident, else the minimum, when left out',
    ),
  stableMs: durationMs
    .min(1_000)
    .default(15 * MINUTE)
    .describe('how long traffic must have been stable before the first replica goes'),
  stableTimeoutMs: durationMs
    .default(60 * MINUTE)
    .describe('how long is waited for that; held, with nothing changed, when it is over'),
  stepMs: durationMs.default(5 * MINUTE).describe('how long is watched after each replica'),
  everyMs,
  sampleMs: soakSampleMs,
  gate: gateInput.optional().describe('what must hold in between; the runbook’s thresholds when left out'),
  drainMs: durationMs
    .default(30_000)
    .describe('how long the last connections of a replica may take before it is stopped all the same'),
  readyTimeoutMs,
  rebalanceTimeoutMs,
  reachTimeoutMs,
  lagTimeoutMs,
});
export type GradualScaleDownInput = z.input<typeof gradualScaleDownInput>;
export type GradualScaleDownRequest = z.output<typeof gradualScaleDownInput>;

export const scaleDownWorkflowId = (environment: string): string => `crescendo-${environment}-scale-down`;
