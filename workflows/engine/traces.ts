import type { Catalog } from '../../domain/catalog.ts';
import type { Observation } from '../../domain/observation.ts';
import type { TracedProcedure } from '../../domain/plan-repair.ts';
import { snapshotOf } from '../../domain/snapshot.ts';
import { incidentWorkflowId } from '../contracts.ts';
import type { RepairRequest } from '../contracts/repair.ts';
import { perform } from './activities.ts';
import type { Run } from './run.ts';

export interface Traces {
  observation: Observation;
  procedures: TracedProcedure[];
  upstreamMatches: boolean | undefined;
}

/**
 * What stands on the platform, and who left it there: the procedures whose marks the replicas carry, and those that last ran
 * in the environment, each read from its own history.
 */
export async function readTraces(run: Run, catalog: Catalog, request: RepairRequest): Promise<Traces> {
  const services = Object.keys(catalog.services);
  const observation = await perform('observe', [{ services, sampleMs: request.sampleMs }], 'what runs now');
  run.before = observation;
  const marks = Object.values(observation.services).flatMap(({ replicas }) =>
    replicas.flatMap(({ operationId }) => operationId?.split('/')[0] ?? []),
  );
  const ids =
    request.procedureId === undefined
      ? [...marks, incidentWorkflowId(request.environment)]
      : [request.procedureId];
  const procedures = await Promise.all([...new Set(ids)].map((id) => trace(catalog, id)));
  const front = catalog.loadBalancer?.upstreamService;
  const upstream =
    front === undefined
      ? undefined
      : await perform('readUpstream', [{ service: front }], 'where the balancer sends to');
  return { observation, procedures, upstreamMatches: upstream?.matches };
}

async function trace(catalog: Catalog, procedureId: string): Promise<TracedProcedure> {
  const found = await perform('readProcedure', [{ procedureId }], `what ${procedureId} did`);
  const { plan, running, status, edits = [] } = found;
  return {
    procedureId,
    // Of one that nobody knows any more nothing can be said, so nothing of it is undone.
    state: running ? 'running' : status === undefined || status === 'COMPLETED' ? 'ended' : 'cut-off',
    snapshot: snapshotOf(catalog, { to: 'snapshot' }, plan),
    edits,
  };
}
