import { valueOf } from '../../domain/reading.ts';
import type { SimulatedPlatform } from '../../platforms/simulated/index.ts';
import type { Load, LoadSample, LoadSummary } from '../load.ts';
import type { LagPoint, ReplicasPoint, Timeline } from '../timeline.ts';

const front = 'api-gateway';
const behind = 'message-service';
const everyMs = 1_000;

/** Load on the simulated front door, and what clients of it would see, in the form that the real load generator has. */
export function simulatedLoad(platform: SimulatedPlatform, ratePerSecond: number): Load {
  const samples: LoadSample[] = [];
  let rate = ratePerSecond;
  const setRate = (perSecond: number): Promise<void> => {
    rate = perSecond;
    platform.setLoad(front, perSecond * 60);
    return Promise.resolve();
  };
  void setRate(ratePerSecond);
  const timer = setInterval(() => {
    const errorRate = valueOf(platform.readings(front, everyMs).errorRate) ?? null;
    samples.push({
      ...summaryOf(platform, everyMs),
      atMs: Date.now(),
      sentPerSecond: rate,
      okPerSecond: rate * (1 - (errorRate ?? 0)),
    });
  }, everyMs);
  return {
    setRate,
    samples: () => samples,
    summary: (fromMs, toMs) => summaryOf(platform, Math.max(everyMs, toMs - fromMs)),
    stop: () => Promise.resolve(clearInterval(timer)),
  };
}

const summaryOf = (platform: SimulatedPlatform, windowMs: number): LoadSummary => {
  const { p95Ms, errorRate } = platform.readings(front, windowMs);
  // The simulation keeps the slower end of its latencies only.
  return {
    p50Ms: null,
    p95Ms: valueOf(p95Ms) ?? null,
    p99Ms: null,
    errorRate: valueOf(errorRate) ?? null,
  };
};

/** Lag and replicas of the simulation over time. */
export function simulatedTimeline(platform: SimulatedPlatform): Timeline {
  const lag: LagPoint[] = [];
  const replicas: ReplicasPoint[] = [];
  const timer = setInterval(() => {
    const atMs = Date.now();
    const lagMessages = valueOf(platform.readings(behind, everyMs).lagMessages);
    if (lagMessages !== undefined) lag.push({ atMs, lagMessages: Math.round(lagMessages) });
    void countsOf(platform).then((byService) => replicas.push({ atMs, byService }));
  }, everyMs);
  return {
    lag: () => lag,
    replicas: () => replicas,
    errors: () => [],
    stop: () => Promise.resolve(clearInterval(timer)),
  };
}

/** Running replicas by service. */
export const countsOf = async (platform: SimulatedPlatform): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await platform.observe()).map(([service, replicas]) => [
      service,
      replicas.filter(({ state }) => state === 'running').length,
    ]),
  );
