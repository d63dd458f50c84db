import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { Catalog } from '../../domain/catalog.ts';
import type { StepReport } from '../../domain/procedure.ts';
import type { EmergencyScalingRequest } from '../contracts.ts';
import { perform } from './activities.ts';
import { describeFailure, Ending } from './ending.ts';
import type { Run } from './run.ts';
import { addFacts } from './steps.ts';
import { undoAll } from './undo.ts';

/** Watches until latency, errors and lag are where they should be, and says what they were before and are now. */
export async function waitForEffect(
  run: Run,
  catalog: Catalog,
  request: EmergencyScalingRequest,
): Promise<Ending> {
  const { timeoutMs, p95BelowMs, errorRateBelow, lagBelowMessages, onNotReached } = request.effectiveness;
  const before = run.before;
  if (before === undefined) throw new Error('effect without an observation before it: a bug');
  const report = openReport(run, catalog);
  run.enter('verifying');
  const services = Object.keys(catalog.services);
  const limits = { p95BelowMs, errorRateBelow, lagBelowMessages };
  const [{ effectiveness, after }, reach] = await Promise.all([
    perform(
      'watchEffectiveness',
      [{ before, services, sampleMs: request.sampleMs, timeoutMs, ...limits }],
      'effectiveness: latency, errors and lag against before',
      timeoutMs,
    ),
    reachAll(run, timeoutMs),
  ]).catch((error: unknown) => {
    report.status = 'failed';
    report.endedAtMs = Date.now();
    throw error;
  });
  run.after = after;
  run.effectiveness = effectiveness;
  report.endedAtMs = Date.now();
  const effective = effectiveness.reached && reach.reached;
  report.status = effective ? 'done' : 'failed';
  const rows = effectiveness.rows.map(
    (row) =>
      `${row.metric} ${show(row.before)} → ${show(row.after)} ${row.unit} (expected below ${row.expectedBelow})`,
  );
  addFacts(run, report, [...reach.facts, ...rows]);
  if (effective) return new Ending('completed', 'the spike is over: latency, errors and lag are back');
  const reason = `scaled, but not effective within ${timeoutMs / 1_000} s`;
  if (onNotReached === 'hold') return new Ending('held', reason);
  if (onNotReached === 'rollback') return new Ending(await undoAll(run), reason);
  return new Ending('completed', reason);
}

/**
 * The runbook's "verify load balancing", of every replica and not only the new ones: a replica that was overloaded is left out by
 * the balancer for a while, so the proof is asked for when the load is off it.
 */
async function reachAll(run: Run, timeoutMs: number): Promise<{ reached: boolean; facts: string[] }> {
  const checks = run.plan?.steps.flatMap((step) => step.checks) ?? [];
  const check = checks.find(({ kind }) => kind === 'everyReplicaReached');
  if (check?.kind !== 'everyReplicaReached') return { reached: true, facts: [] };
  const { service, replicas } = check;
  const summary = `${service}: every replica reached through the balancer`;
  try {
    const input = { service, replicas, timeoutMs };
    const { facts } = await perform('proveEveryReplicaReached', [input], summary, timeoutMs);
    return { reached: true, facts };
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    return { reached: false, facts: [describeFailure(error).message] };
  }
}

function openReport(run: Run, catalog: Catalog): StepReport {
  const service = catalog.loadBalancer?.upstreamService ?? 'platform';
  const report: StepReport = {
    id: 'effectiveness',
    title: 'Verify scaling effectiveness',
    service,
    status: 'running',
    startedAtMs: Date.now(),
    facts: [],
  };
  run.steps.push(report);
  return report;
}

const show = (value: number | null): string =>
  value === null ? 'unknown' : String(Math.abs(value) < 1 ? Number(value.toPrecision(2)) : Math.round(value));
