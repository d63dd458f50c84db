import type { ReplicaUsage } from '../../domain/observation.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import type { ServiceState, Step } from './model.ts';
import type { SimulatedReplica } from './replica.ts';

/** What the metrics of a simulated service say over the last `windowMs`. */
export interface SimulatedReadings {
  /** Requests answered, failed ones too; messages processed. */
  ratePerMinute: Reading;
  errorRate: Reading;
  p95Ms: Reading;
  /** Of the service's consumer group; unknown when it has none. */
  lagMessages: Reading;
}

const source = 'simulation';
/** What a replica uses when it has nothing to do, and at its busiest, of its first limit. */
const idleCpu = 0.01;
const idleMemory = 0.35;
const busyMemory = 0.3;

export function readingsOf(state: ServiceState, nowMs: number, windowMs: number): SimulatedReadings {
  const steps = stepsIn(state, nowMs, windowMs);
  const [done, failed] = [sum(steps, 'done'), sum(steps, 'failed')];
  const nothing = unknown('nothing was answered in the window', source);
  const lag = state.spec.group === undefined ? unknown('it has no consumer group', source) : undefined;
  return {
    ratePerMinute:
      steps.length === 0
        ? unknown('the simulation has just begun', source)
        : known(((done + failed) / windowOf(state, nowMs, windowMs)) * 60_000, source),
    errorRate: done + failed === 0 ? nothing : known(failed / (done + failed), source),
    p95Ms: done + failed === 0 ? nothing : known(percentile95(steps), source),
    lagMessages: lag ?? known(state.waiting, source),
  };
}

export function usageOf(
  state: ServiceState,
  { limits }: SimulatedReplica,
  nowMs: number,
  windowMs: number,
): ReplicaUsage {
  const steps = stepsIn(state, nowMs, windowMs);
  const busy = steps.length === 0 ? 0 : sum(steps, 'busy') / steps.length;
  const cpuOfLimit = Math.max(idleCpu, busy);
  const memoryBytes = usedBytes(state, busy);
  return {
    cpuOfLimit: known(cpuOfLimit, source),
    cpus: known(cpuOfLimit * (limits.cpus ?? state.spec.limits.cpus), source),
    memoryBytes: known(memoryBytes, source),
    memoryOfLimit: known(memoryBytes / (limits.memoryBytes ?? state.spec.limits.memoryBytes), source),
  };
}

/** Memory in use, which does not grow with the limit. */
export const usedBytes = ({ spec }: ServiceState, busy = 0): number =>
  spec.limits.memoryBytes * (idleMemory + busyMemory * busy);

export const stepsIn = ({ steps }: ServiceState, nowMs: number, windowMs: number): Step[] =>
  steps.filter(({ atMs }) => atMs > nowMs - windowMs);

/** The window, or what there is of it. */
const windowOf = ({ steps }: ServiceState, nowMs: number, windowMs: number): number =>
  Math.min(windowMs, nowMs - (steps[0]?.atMs ?? nowMs) + 100);

const sum = (steps: readonly Step[], field: 'done' | 'failed' | 'busy'): number =>
  steps.reduce((total, step) => total + step[field], 0);

/** Of all pieces, those that failed last: they waited as long as any. */
function percentile95(steps: readonly Step[]): number {
  const bySpeed = steps.toSorted((a, b) => a.latencyMs - b.latencyMs);
  const all = sum(steps, 'done') + sum(steps, 'failed');
  let counted = 0;
  for (const { done, failed, latencyMs } of bySpeed) {
    counted += done + failed;
    if (counted >= 0.95 * all) return latencyMs;
  }
  return bySpeed.at(-1)?.latencyMs ?? 0;
}
