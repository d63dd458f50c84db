import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import type { Plan } from '../domain/plan.ts';
import type { LeaseGrant, LeaseRequest, LeaseTable, Progress } from '../domain/procedure.ts';
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
  validateAfterwards,
} from './contracts/common.ts';

/**
 * The public contract of the procedures: inputs, results, and the names by which a person or a program steers them.
 * Exactly one JSON object each. The released names never change.
 */

/** Memo of a procedure that was started with a delay: when it was to begin. */
export const beginsAtMemo = 'crescendoBeginsAtMs';

/** Input of `emergencyScaling` (Scenario 1). Everything has the runbook's default. */
export const emergencyScalingInput = z.strictObject({
  ...common,
  environment: environmentName,
  targets: z
    .record(serviceName, replicaTarget)
    .optional()
    .describe(
      'replicas by service, in place of the catalog’s emergency targets; a service that is named gets a step of its own',
    ),
  sampleMs: durationMs
    .default(2_000)
    .describe('how long rates, CPU and P95 are measured for the one observation'),
  readyTimeoutMs,
  rebalanceTimeoutMs,
  reachTimeoutMs,
  lagTimeoutMs,
  validate: validateAfterwards,
  effectiveness: z
    .strictObject({
      timeoutMs: durationMs
        .default(120_000)
        .describe('how long 1.5 waits for latency, errors and lag to come down'),
      p95BelowMs: z.number().positive().default(500).describe('P95 of the gateway that counts as good'),
      errorRateBelow: z
        .number()
        .min(0)
        .max(1)
        .default(0.01)
        .describe('share of failed requests that counts as good'),
      lagBelowMessages: z.int().min(0).default(100).describe('lag of a consumer group that counts as good'),
      onNotReached: z
        .enum(['report', 'hold', 'rollback'])
        .default('report')
        .describe('report: say so and complete; rollback or hold: as with a step that cannot go on'),
    })
    .prefault({})
    .describe('what proves that it helped'),
});
export type EmergencyScalingInput = z.input<typeof emergencyScalingInput>;
export type EmergencyScalingRequest = z.output<typeof emergencyScalingInput>;

/** Input of `emergencyRollback`: back to the snapshot of a procedure, or to one replica each. */
export const emergencyRollbackInput = z.strictObject({
  ...common,
  // Undoing a rollback would bring back what was fled from, so it holds.
  onFailure: z
    .enum(['rollback', 'hold'])
    .default('hold')
    .describe(
      'what a step that cannot go on does; hold, since undoing a rollback brings back what was fled from',
    ),
  environment: environmentName,
  to: z
    .enum(['snapshot', 'single'])
    .default('snapshot')
    .describe('snapshot: what ran before the procedure of procedureId; single: one replica of each service'),
  procedureId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('workflow id of the procedure to roll back; left out: the last incident of the environment'),
  services: z
    .array(serviceName)
    .min(1)
    .max(50)
    .optional()
    .describe('only these services; left out: all that the snapshot has'),
  stabilizeMs: durationMs
    .default(30_000)
    .describe('the runbook’s "wait 30 seconds for services to stabilize"'),
  readyTimeoutMs,
  rebalanceTimeoutMs,
  reachTimeoutMs,
  lagTimeoutMs,
  rootCauseMs: durationMs.default(30 * 60_000).describe('how far back the logs are read for the root cause'),
  sampleMs: durationMs
    .default(2_000)
    .describe('how long rates, CPU and P95 are measured for the one observation'),
});
export type EmergencyRollbackInput = z.input<typeof emergencyRollbackInput>;
export type EmergencyRollbackRequest = z.output<typeof emergencyRollbackInput>;

/** Stop. `hold` leaves what is there; `rollback` puts the snapshot back. Sent twice it does no harm. */
export const abortSignal =
  defineSignal<[{ mode: 'hold' | 'rollback'; reason: string; by?: string }]>('abort');
/** Short for abort with mode rollback. */
export const rollbackSignal = defineSignal<[{ reason: string; by?: string }]>('rollback');
export const approveUpdate = defineUpdate<string, [{ planHash: string; by: string }]>('approve');
export const rejectUpdate = defineUpdate<string, [{ by: string; reason: string }]>('reject');
export const pauseUpdate = defineUpdate<string, [{ by: string; reason?: string }]>('pause');
export const resumeUpdate = defineUpdate<string, [{ by: string }]>('resume');
export const planQuery = defineQuery<Plan | null>('plan');
export const progressQuery = defineQuery<Progress>('progress');
/** Why each step is there, why others are not: causes, notes, refusals as sentences. */
export const explainQuery = defineQuery<string[]>('explain');

/** The workflow id of the running incident: a second start joins it. */
export const incidentWorkflowId = (environment: string): string => `crescendo-${environment}-emergency`;
export const rollbackWorkflowId = (environment: string): string => `crescendo-${environment}-rollback`;
export const leaseWorkflowId = (environment: string): string => `crescendo-${environment}-lease`;
export const taskQueueOf = (environment: string): string => `crescendo-${environment}`;

/** Highest first; FIFO among equals. */
export const leasePriority = { rollback: 50, emergency: 40, planned: 30, autoscale: 20, cost: 10 } as const;

export const leaseRequestSignal = defineSignal<[LeaseRequest]>('requestLease');
export const leaseReleaseSignal = defineSignal<[{ holder: string; runId: string }]>('releaseLease');
export const leaseTableQuery = defineQuery<LeaseTable>('leases');
/** Sent by the lease to a procedure. */
export const leaseGrantedSignal = defineSignal<[LeaseGrant]>('leaseGranted');
export const leasePreemptedSignal =
  defineSignal<[{ by: string; services: string[]; graceMs: number }]>('leasePreempted');

/** Sent by a procedure to the one that it has started: pause and resume reach both. */
export const parentPausedSignal = defineSignal<[{ by?: string }]>('parentPaused');

/** Typed search attributes, registered by the bootstrap and by docker-compose.temporal.yml. */
export const searchAttributes = {
  environment: { name: 'CrescendoEnvironment', type: 'KEYWORD' },
  services: { name: 'CrescendoServices', type: 'KEYWORD_LIST' },
  procedure: { name: 'CrescendoProcedure', type: 'KEYWORD' },
  phase: { name: 'CrescendoPhase', type: 'KEYWORD' },
  outcome: { name: 'CrescendoOutcome', type: 'KEYWORD' },
  trigger: { name: 'CrescendoTrigger', type: 'KEYWORD' },
  requestedBy: { name: 'CrescendoRequestedBy', type: 'KEYWORD' },
} as const;
