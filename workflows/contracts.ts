import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import type { Plan } from '../domain/plan.ts';
import type { LeaseGrant, LeaseRequest, LeaseTable, Progress } from '../domain/procedure.ts';
import { common, durationMs, replicaTarget, serviceName } from './contracts/common.ts';

/**
 * The public contract of the procedures: inputs, results, and the names by which a person or a program steers them.
 * Exactly one JSON object each. The released names never change.
 */

/** Input of `emergencyScaling` (Scenario 1). Everything has the runbook's default. */
export const emergencyScalingInput = z.strictObject({
  ...common,
  environment: serviceName,
  /** Replicas by service, in place of the catalog's emergency targets. A service that is named here gets a step of its own. */
  targets: z.record(serviceName, replicaTarget).optional(),
  /** How long rates, CPU and P95 are measured for the one observation. */
  sampleMs: durationMs.default(2_000),
  /** How long a new replica may take until it is healthy and says "Started" (the runbook sleeps 30 s). */
  readyTimeoutMs: durationMs.default(90_000),
  rebalanceTimeoutMs: durationMs.default(60_000),
  /** How long every replica may take to answer a request through the balancer. */
  reachTimeoutMs: durationMs.default(30_000),
  /** How long a step waits to see the lag fall before it goes on and says so. */
  lagTimeoutMs: durationMs.default(15_000),
  effectiveness: z
    .strictObject({
      /** How long 1.5 waits for latency, errors and lag to come down. */
      timeoutMs: durationMs.default(120_000),
      p95BelowMs: z.number().positive().default(500),
      errorRateBelow: z.number().min(0).max(1).default(0.01),
      lagBelowMessages: z.int().min(0).default(100),
      /** `report`: say so and complete. `rollback` or `hold`: as with a step that cannot go on. */
      onNotReached: z.enum(['report', 'hold', 'rollback']).default('report'),
    })
    .prefault({}),
});
export type EmergencyScalingInput = z.input<typeof emergencyScalingInput>;
export type EmergencyScalingRequest = z.output<typeof emergencyScalingInput>;

/** Input of `emergencyRollback`: back to the snapshot of a procedure, or to one replica each. */
export const emergencyRollbackInput = z.strictObject({
  ...common,
  /** Undoing a rollback would bring back what was fled from, so it holds. */
  onFailure: z.enum(['rollback', 'hold']).default('hold'),
  environment: serviceName,
  /** `snapshot` (default): what ran before the procedure named in `procedureId`. `single`: one replica of each service. */
  to: z.enum(['snapshot', 'single']).default('snapshot'),
  /** Workflow id of the procedure to roll back; the environment's last incident when left out. */
  procedureId: z.string().min(1).max(200).optional(),
  services: z.array(serviceName).min(1).max(50).optional(),
  /** The runbook's "wait 30 seconds for services to stabilize". */
  stabilizeMs: durationMs.default(30_000),
  readyTimeoutMs: durationMs.default(90_000),
  rebalanceTimeoutMs: durationMs.default(60_000),
  reachTimeoutMs: durationMs.default(30_000),
  lagTimeoutMs: durationMs.default(15_000),
  /** How far back the logs are read for the root cause. */
  rootCauseMs: durationMs.default(30 * 60_000),
  sampleMs: durationMs.default(2_000),
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
