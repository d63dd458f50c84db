import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { Catalog } from '../../domain/catalog.ts';
import { begunBeside } from '../../domain/past-procedure.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Beside, RolledBackEdit } from '../../domain/rollback-beside.ts';
import { snapshotOf } from '../../domain/snapshot.ts';
import { incidentWorkflowId, type EmergencyRollbackRequest } from '../contracts.ts';
import { perform } from './activities.ts';
import { describeFailure } from './ending.ts';
import type { Run } from './run.ts';

const STOP_MS = 60_000;

/** What is to be rolled back, as its history and its plan have it. */
export interface Past {
  procedureId: string;
  running: boolean;
  plan: Plan | null;
  edits: readonly RolledBackEdit[];
  /** What it changed beside counts, the balancer and the file. */
  beside: Beside;
  /** It put itself back. */
  isUndone: boolean;
}

export interface Restore {
  /** Replicas by service. */
  snapshot: Record<string, number>;
  /** Of the compose file, to be taken back. */
  edits: readonly RolledBackEdit[];
  beside: Beside;
  /** Those of the snapshot, those whose lines in the compose file are put back, and those that were changed otherwise. */
  services: string[];
}

/** The procedure that was named, or the last incident. It may still run. */
export async function readPast(request: EmergencyRollbackRequest): Promise<Past> {
  const procedureId = request.procedureId ?? incidentWorkflowId(request.environment);
  const {
    running,
    plan,
    result,
    edits = [],
    begunIds = [],
  } = await perform('readProcedure', [{ procedureId }], `what ran before ${procedureId}`);
  // One that put itself back left nothing to put back.
  const isUndone = result?.outcome === 'rolled_back';
  const beside: Beside = {
    procedureId,
    operations: isUndone ? [] : begunBeside(plan, begunIds),
    isComplete: result?.outcome === 'completed',
  };
  return { procedureId, running, plan, edits: isUndone ? [] : edits, beside, isUndone };
}

/**
 * Stops what still runs, so that the rollback takes over its leases instead of fighting it, and reads again what it did until then.
 * `mustGo` for one that does not stop: it had its time, and loses its lease without more of it.
 */
export async function stopPast(
  run: Run,
  past: Past,
  request: EmergencyRollbackRequest,
): Promise<{ past: Past; mustGo: boolean }> {
  if (!past.running) return { past, mustGo: false };
  const reason = `emergencyRollback by ${request.requestedBy}`;
  const { facts, stopped } = await stop({ procedureId: past.procedureId, reason, timeoutMs: STOP_MS });
  for (const fact of facts) run.note(fact);
  const now = await readPast(request);
  // One that hangs may answer no query any more.
  const plan = now.plan ?? past.plan;
  return { past: { ...now, plan }, mustGo: !stopped };
}

/**
 * What a rollback puts back.
 * @throws ApplicationFailure `InvalidInput` when nothing is known to go back to
 */
export function toRestore(catalog: Catalog, request: EmergencyRollbackRequest, past: Past): Restore {
  const snapshot = snapshotOf(catalog, request, past.plan);
  // To one replica each the file is somebody's decision.
  const edits = request.to === 'single' ? [] : past.edits;
  const operations = request.to === 'single' ? [] : past.beside.operations;
  const beside = { ...past.beside, operations };
  const services = [
    ...new Set([
      ...Object.keys(snapshot),
      ...edits.flatMap((one) => Object.keys(one.edits)),
      ...operations.map(({ service }) => service),
    ]),
  ];
  if (Object.keys(snapshot).length > 0 || operations.length > 0 || past.isUndone)
    return { snapshot, edits, beside, services };
  const message = `procedureId: ${past.procedureId} has no plan to roll back; name another procedure, or use to: single`;
  throw ApplicationFailure.create({
    type: 'InvalidInput',
    nonRetryable: true,
    message,
    details: [{ errors: [{ path: 'procedureId', message }] }],
  });
}

/** One that does not hold loses its lease instead: the rollback has the higher priority, and fencing keeps it out. */
async function stop(input: {
  procedureId: string;
  reason: string;
  timeoutMs: number;
}): Promise<{ facts: string[]; stopped: boolean }> {
  try {
    const { facts } = await perform('stopProcedure', [input], `stop ${input.procedureId}`, STOP_MS);
    return { facts, stopped: true };
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const { type, message } = describeFailure(error);
    if (type !== 'ProcedureNotStopped') throw error;
    return { facts: [`${message}: its lease is taken from it`], stopped: false };
  }
}
