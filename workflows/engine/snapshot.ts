import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { Catalog } from '../../domain/catalog.ts';
import type { RollbackPlanInput } from '../../domain/plan-rollback.ts';
import { snapshotOf } from '../../domain/snapshot.ts';
import { incidentWorkflowId, type EmergencyRollbackRequest } from '../contracts.ts';
import { perform } from './activities.ts';
import { describeFailure } from './ending.ts';
import type { Run } from './run.ts';

const STOP_MS = 60_000;

type Edits = NonNullable<RollbackPlanInput['edits']>;

/**
 * Replicas by service that a rollback puts back. A procedure that still runs is stopped first, so that the rollback
 * takes over its leases instead of fighting it.
 */
export async function snapshotToRestore(
  run: Run,
  catalog: Catalog,
  request: EmergencyRollbackRequest,
): Promise<{ snapshot: Record<string, number>; edits: Edits }> {
  const procedureId = request.procedureId ?? incidentWorkflowId(request.environment);
  const before = await perform('readProcedure', [{ procedureId }], `what ran before ${procedureId}`);
  if (before.running && !request.dryRun) {
    const reason = `emergencyRollback by ${request.requestedBy}`;
    const input = { procedureId, reason, timeoutMs: STOP_MS };
    for (const fact of await stop(input)) run.note(fact);
  }
  const snapshot = snapshotOf(catalog, request, before.plan);
  // To one replica each the file is somebody's decision.
  const edits = request.to === 'single' ? [] : (before.edits ?? []);
  if (Object.keys(snapshot).length > 0) return { snapshot, edits };
  const message = `procedureId: ${procedureId} has no plan to roll back; name another procedure, or use to: single`;
  throw ApplicationFailure.create({
    type: 'InvalidInput',
    nonRetryable: true,
    message,
    details: [{ errors: [{ path: 'procedureId', message }] }],
  });
}

/** One that does not hold loses its lease instead: the rollback has the higher priority, and fencing keeps it out. */
async function stop(input: { procedureId: string; reason: string; timeoutMs: number }): Promise<string[]> {
  try {
    return (await perform('stopProcedure', [input], `stop ${input.procedureId}`, STOP_MS)).facts;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const { type, message } = describeFailure(error);
    if (type !== 'ProcedureNotStopped') throw error;
    return [`${message}: its lease is taken from it`];
  }
}
