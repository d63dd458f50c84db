import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { formatPercent } from '../../domain/format.ts';
import type { PlannedWave } from '../../domain/plan-planned.ts';
import type { PlanStep } from '../../domain/plan.ts';
import { scalesOf } from '../../domain/scales.ts';
import { defaultGate, gateAfter } from '../../domain/soak.ts';
import { stamped, waveSteps } from '../../domain/wave-steps.ts';
import { editsOf } from '../../domain/plan-planned.ts';
import { leasePriority } from '../contracts.ts';
import { perform } from '../engine/activities.ts';
import { describeFailure, Ending } from '../engine/ending.ts';
import { askLease, giveLeaseBack } from '../engine/lease.ts';
import type { Run } from '../engine/run.ts';
import { soak } from '../engine/soak.ts';
import { executeSteps, executeStepsTogether } from '../engine/steps.ts';
import { validateIfAsked } from '../engine/validation.ts';
import type { EventPlan } from './event-plan.ts';
import { skip } from './skip.ts';

/** One that loses its lease again and again is not in the way of an incident: something is wrong with the lease. */
const MOST_LOSSES = 5;

const soakId = ({ id }: PlannedWave): string => `${id}-soak`;

/**
 * One wave: its lease, what runs now, the compose file, all services side by side, the watched soak, and the lease back. An incident goes
 * first: the wave makes way and comes again when the incident is over.
 */
export async function carryOutWave(run: Run, event: EventPlan, wave: PlannedWave): Promise<void> {
  const planned = (run.plan?.steps ?? []).filter(({ id }) => id.startsWith(`${wave.id}-`));
  if (planned.length === 0) {
    event.settle(wave);
    run.note(`${formatPercent(wave.share)}: what runs now is enough`);
    return;
  }
  if (!(await leaseFor(run, event, wave))) return;
  try {
    const { file, scales, now } = await stepsOf(run, event, wave, planned);
    await executeSteps(run, event.request, file);
    await executeStepsTogether(run, event.request, scales, now);
    event.ran(Object.fromEntries(scalesOf(scales).map(({ service, to }) => [service, to])));
    event.settle(wave);
    if (scales.length > 0 || file.some(renews)) await watch(run, event, wave);
    if (event.left(Date.now()).toCome.length === 0) await validateOnce(run, event);
  } catch (error) {
    const why = lossOfLease(error);
    if (why === undefined || event.lose(wave) > MOST_LOSSES) throw error;
    run.note(`${why}; ${formatPercent(wave.share)} goes on afterwards`);
    openAgain(run, wave);
  }
  await giveLeaseBack(run);
}

/** Post-scaling validation of what the ramp has made, once it is all there, also where the last wave had nothing to do. */
export async function validateOnce(run: Run, event: EventPlan): Promise<void> {
  if (event.isValidated) return;
  event.isValidated = true;
  await validateIfAsked(run, event.request);
}

/** Somebody with a higher priority has the services: asked to make way between two steps, or found out by a write. */
function lossOfLease(error: unknown): string | undefined {
  if (error instanceof Ending) return error.code === 'LeaseLost' ? error.reason : undefined;
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return undefined;
  const { type, message } = describeFailure(error);
  return type === 'LeaseLost' || type === 'StaleFencingToken' ? message : undefined;
}

/** What the loss has cut off is done again under the next lease, or found done. */
function openAgain(run: Run, wave: PlannedWave): void {
  for (const report of run.steps) {
    if (!report.id.startsWith(`${wave.id}-`) || report.status !== 'failed') continue;
    if (report.id === soakId(wave)) continue;
    report.status = 'pending';
    delete report.error;
  }
}

/** Waits for the lease until the next wave is due, or the event is over: then this one is skipped, and the next one makes up for it. */
async function leaseFor(run: Run, event: EventPlan, wave: PlannedWave): Promise<boolean> {
  const [next] = event.left(Date.now()).toCome;
  const untilMs = next?.atMs ?? event.times.endMs;
  const timeoutMs = Math.max(run.request.leaseTimeoutMs, untilMs - Date.now());
  if (await askLease(run, event.services, leasePriority.planned, timeoutMs)) return true;
  await giveLeaseBack(run);
  skip(run, event, wave, 'somebody else held the services all the time: see `crescendo leases`');
  return false;
}

/**
 * The steps from what runs now, which may be more than the plan saw: a ramp never goes below it. A service that has enough is reported as
 * unchanged.
 */
async function stepsOf(
  run: Run,
  event: EventPlan,
  wave: PlannedWave,
  planned: readonly PlanStep[],
): Promise<{ file: PlanStep[]; scales: PlanStep[]; now: Record<string, number> }> {
  const services = Object.keys(wave.replicas);
  const now = await perform('readReplicas', [{ services }], `${formatPercent(wave.share)}: what runs now`);
  const replicas = Object.fromEntries(
    services.map((service) => [service, Math.max(now[service] ?? 0, wave.replicas[service] ?? 0)]),
  );
  const { composeFile } = event.request;
  const edits = editsOf({ editFile: composeFile.edit, resources: event.resources }, replicas);
  const causes = Object.fromEntries(planned.map(({ service, causes: why }) => [service, why]));
  // What the plan wants written is written also where somebody else has scaled enough meanwhile.
  const always = planned.some(({ service }) => service === 'platform');
  const steps = waveSteps(event.catalog, { ...wave, replicas }, { now, causes, edits, always });
  replace(run, planned, steps);
  for (const report of run.steps) {
    if (report.status !== 'pending' || !planned.some(({ id }) => id === report.id)) continue;
    if (steps.some(({ id }) => id === report.id)) continue;
    report.status = 'unchanged';
    report.facts.push(`${now[report.service] ?? 0} run already`);
  }
  const isFile = ({ service }: PlanStep): boolean => service === 'platform';
  return {
    now,
    file: steps.filter(isFile).map((step) => stamped(step, Date.now())),
    scales: steps.filter((step) => !isFile(step)),
  };
}

const renews = ({ operations }: PlanStep): boolean => operations.some(({ kind }) => kind === 'renewService');

/** The plan tells what is really done where that differs from what it saw. */
function replace(run: Run, planned: readonly PlanStep[], steps: readonly PlanStep[]): void {
  const { plan } = run;
  if (plan === undefined) return;
  const ids = new Set(planned.map(({ id }) => id));
  const first = plan.steps.findIndex(({ id }) => ids.has(id));
  const others = plan.steps.filter(({ id }) => !ids.has(id));
  run.plan = { ...plan, steps: others.toSpliced(Math.max(0, first), 0, ...steps) };
  for (const { id, title, service, atMs } of steps) {
    const report = run.steps.find((one) => one.id === id);
    if (report !== undefined) report.title = title;
    else
      run.steps.push({
        id,
        title,
        service,
        status: 'pending',
        facts: [],
        ...(atMs === undefined ? {} : { dueAtMs: atMs }),
      });
  }
}

async function watch(run: Run, event: EventPlan, wave: PlannedWave): Promise<void> {
  const { services, catalog, request } = event;
  const { soakMs, everyMs, sampleMs } = request;
  const gate = gateAfter(request.gate ?? defaultGate(catalog, services), catalog, run.before);
  const title = `Watch after ${formatPercent(wave.share)}`;
  await soak(run, { id: soakId(wave), title, services, gate, soakMs, everyMs, sampleMs });
}
