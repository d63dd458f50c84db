import { scalesOf } from '../../domain/scales.ts';
import type { Operation } from '../../domain/operation.ts';
import { operationText } from '../../domain/render.ts';
import { leasePriority } from '../contracts.ts';
import { perform } from '../engine/activities.ts';
import { askLease } from '../engine/lease.ts';
import type { Begun, Run } from '../engine/run.ts';

/**
 * Before anything is undone: the lease, which is given back between the waves, and a look at what runs. What several waves did to a
 * service is put back in one step; a service that somebody else has scaled up since is left alone and said.
 */
export async function readyToUndo(run: Run): Promise<void> {
  if (run.begun.length === 0) return;
  const services = [
    ...new Set(
      scalesOf([{ operations: run.begun.map(({ operation }) => operation) }]).map(({ service }) => service),
    ),
  ];
  if (
    run.steering.grant === undefined &&
    !(await askLease(run, services, leasePriority.planned, run.request.leaseTimeoutMs))
  ) {
    run.leftOver.push(
      ...run.begun.map(
        ({ operation }) => `${operationText(operation)}: the lease could not be had to undo it`,
      ),
    );
    run.begun = [];
    return;
  }
  const now =
    services.length === 0
      ? {}
      : await perform('readReplicas', [{ services }], 'what runs before it is undone');
  const files = run.begun.filter(({ operation }) => !('from' in operation));
  run.begun = [...files, ...services.flatMap((service) => netOf(run, service, now[service]))];
}

/** What is to be undone of one service: from what runs now to what ran before the first wave. */
function netOf(run: Run, service: string, now: number | undefined): Begun[] {
  const own = run.begun.filter(({ operation }) => 'from' in operation && operation.service === service);
  const scales = own.filter(({ operation }) => operation.kind === 'scaleService');
  const [first, last] = [scales[0]?.operation, scales.at(-1)?.operation];
  if (first?.kind !== 'scaleService' || last?.kind !== 'scaleService') return own;
  if (now !== undefined && now > last.to) {
    run.leftOver.push(
      `${service} has ${now} replicas, ${last.to} were set here: somebody else scaled it since, so it stays`,
    );
    return [];
  }
  const ids = new Set(own.map(({ stepId }) => stepId));
  for (const report of run.steps)
    if (ids.has(report.id) && report.status === 'done') report.status = 'undone';
  const back = (operation: Operation): Operation =>
    operation.kind === 'scaleService' ||
    operation.kind === 'reloadUpstream' ||
    operation.kind === 'drainReplicas'
      ? { ...operation, from: first.from, to: last.to }
      : operation;
  const newest = own.filter(({ stepId }) => stepId === scales.at(-1)?.stepId);
  const others = own.filter(({ operation }) => operation.kind === 'reloadUpstream');
  const needsUpstream =
    others.length > 0 && !newest.some(({ operation }) => operation.kind === 'reloadUpstream');
  return [...newest, ...(needsUpstream ? others.slice(-1) : [])].map(({ stepId, operation }) => ({
    stepId,
    operation: back(operation),
  }));
}
