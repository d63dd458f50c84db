import type { Catalog } from '../../domain/catalog.ts';
import type { FileDifferences } from '../../domain/compose-file-operation.ts';
import { begunBeside, changedSince, isSettled, type PastProcedure } from '../../domain/past-procedure.ts';
import type { RepairInput, TracedProcedure } from '../../domain/plan-repair.ts';
import { snapshotOf } from '../../domain/snapshot.ts';
import { incidentWorkflowId } from '../contracts.ts';
import type { RepairRequest } from '../contracts/repair.ts';
import { perform } from './activities.ts';
import type { Run } from './run.ts';

export type Traces = Omit<RepairInput, 'catalog' | 'catalogHash' | 'mode' | 'backup'>;

/** What was cut off longer ago is history. */
const LOOK_BACK_MS = 7 * 24 * 60 * 60_000;

/**
 * What stands on the platform, and who left it there: the procedures that were cut off, from Temporal's own list, since one that made no
 * replica leaves no mark; and those whose marks the replicas carry. Each is read from its own history.
 */
export async function readTraces(run: Run, catalog: Catalog, request: RepairRequest): Promise<Traces> {
  const services = Object.keys(catalog.services);
  const { environment, sampleMs } = request;
  const sinceMs = run.startedAtMs - LOOK_BACK_MS;
  const [observation, past, { held }, kafka] = await Promise.all([
    perform('observe', [{ services, sampleMs }], 'what runs now'),
    perform('listProcedures', [{ environment, sinceMs }], 'what ran before'),
    perform('readLeases', [{ environment }], 'who holds what'),
    catalog.kafka === undefined
      ? undefined
      : perform('readKafka', [{ services: [], sampleMs }], 'throttles and moves of partitions', sampleMs),
  ]);
  run.before = observation;
  const marks = Object.values(observation.services).flatMap(({ replicas }) =>
    replicas.flatMap(({ operationId }) => operationId?.split('/')[0] ?? []),
  );
  const procedures: TracedProcedure[] = [];
  for (const one of meant(past, marks, request)) procedures.push(await trace(catalog, one, past));
  for (const id of unlisted(past, marks, request)) procedures.push(await traceById(catalog, id));
  for (const one of procedures)
    if (one.state === 'cut-off' && one.edits.length > 0) one.file = await compare(one);
  const front = catalog.loadBalancer?.upstreamService;
  const upstream =
    front === undefined
      ? undefined
      : await perform('readUpstream', [{ service: front }], 'where the balancer sends to');
  const running = past.filter(({ state }) => state === 'running').map(({ procedureId }) => procedureId);
  return {
    observation,
    procedures,
    upstreamMatches: upstream?.matches,
    staleLeases: held.filter(({ holder }) => !running.includes(holder)),
    throttled: kafka?.throttled ?? [],
    movingPartitions: kafka?.ongoing.length ?? 0,
  };
}

/** What stands in the file is shown before anybody puts it back. */
const compare = ({ procedureId, edits }: TracedProcedure): Promise<FileDifferences> =>
  perform('compareComposeFile', [{ edits }], `what ${procedureId} wrote into the file`);

/** The list comes a moment late: what was named, or left marks, is asked for by its id. */
const unlisted = (
  past: readonly PastProcedure[],
  marks: readonly string[],
  { procedureId, environment }: RepairRequest,
): string[] => {
  const ids = procedureId === undefined ? [...marks, incidentWorkflowId(environment)] : [procedureId];
  return [...new Set(ids)].filter((id) => !past.some((one) => one.procedureId === id));
};

/** The oldest first. What still runs is of interest where it was named, or has its marks on the platform. */
const meant = (
  past: readonly PastProcedure[],
  marks: readonly string[],
  { procedureId }: RepairRequest,
): PastProcedure[] => {
  const named = (id: string): boolean =>
    procedureId === undefined ? marks.includes(id) : id === procedureId;
  return past
    .filter(
      (one) =>
        (one.state === 'running' && named(one.procedureId)) ||
        (one.state === 'cut-off' &&
          (procedureId === undefined || one.procedureId === procedureId) &&
          !isSettled(one, past)),
    )
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs);
};

async function traceById(catalog: Catalog, procedureId: string): Promise<TracedProcedure> {
  const found = await perform('readProcedure', [{ procedureId }], `what ${procedureId} did`);
  const { plan, running, status, edits = [], begunIds = [] } = found;
  return {
    procedureId,
    // Of one that nobody knows any more nothing can be said, so nothing of it is undone.
    state: running ? 'running' : status === undefined || status === 'COMPLETED' ? 'ended' : 'cut-off',
    snapshot: snapshotOf(catalog, { to: 'snapshot' }, plan),
    edits,
    operations: begunBeside(plan, begunIds),
  };
}

async function trace(
  catalog: Catalog,
  one: PastProcedure,
  past: readonly PastProcedure[],
): Promise<TracedProcedure> {
  const { procedureId, runId, state } = one;
  const read = await perform('readProcedure', [{ procedureId, runId }], `what ${procedureId} did`);
  const { plan, edits = [], begunIds = [] } = read;
  const meantSince = changedSince(one, past);
  const snapshot = snapshotOf(catalog, { to: 'snapshot' }, plan);
  return {
    procedureId,
    state,
    snapshot: Object.fromEntries(
      Object.entries(snapshot).filter(([service]) => !meantSince.includes(service)),
    ),
    edits,
    operations: begunBeside(plan, begunIds).filter(({ service }) => !meantSince.includes(service)),
  };
}
