/** One read and one write through the path that an application takes. */
export interface Probe {
  /** Of its write; unique and rising within one watch. */
  sequence: number;
  beganAtMs: number;
  endedAtMs: number;
  /** Why it failed; left out for one that was answered. */
  error?: string;
}

/** First and last sequence of writes that were all acknowledged. */
export type Acknowledged = readonly [first: number, last: number];

/** What a prober has seen so far: of a size that grows with the outages only, so that it can travel in heartbeats. */
export interface ProbeWindow {
  startedAtMs: number;
  /** End of the last probe. */
  lastAtMs: number;
  probes: number;
  failedProbes: number;
  outages: number;
  /** All outages together, each from its first failed probe to its first good one. */
  outageMs: number;
  longestOutageMs: number;
  /** Start of the outage that has not ended. */
  downSinceMs?: number;
  /** Nobody looked: between the death of one worker and the start of the next. */
  unwatchedMs: number;
  slowestProbeMs: number;
  acknowledged: Acknowledged[];
  firstError?: string;
}

export const openProbeWindow = (nowMs: number): ProbeWindow => ({
  startedAtMs: nowMs,
  lastAtMs: nowMs,
  probes: 0,
  failedProbes: 0,
  outages: 0,
  outageMs: 0,
  longestOutageMs: 0,
  unwatchedMs: 0,
  slowestProbeMs: 0,
  acknowledged: [],
});

/** The window with one more probe. */
export const addProbe = (window: ProbeWindow, probe: Probe): ProbeWindow => {
  const tookMs = probe.endedAtMs - probe.beganAtMs;
  const seen = {
    ...window,
    lastAtMs: probe.endedAtMs,
    probes: window.probes + 1,
    slowestProbeMs: Math.max(window.slowestProbeMs, tookMs),
  };
  return probe.error === undefined ? answered(seen, probe) : failed(seen, probe, probe.error);
};

/** A prober that takes over: what lies between is unknown, never "it was up". An outage that was open goes on. */
export const resumeProbeWindow = (window: ProbeWindow, nowMs: number): ProbeWindow => ({
  ...window,
  unwatchedMs: window.unwatchedMs + Math.max(0, nowMs - window.lastAtMs),
  lastAtMs: nowMs,
});

/** An outage that is open at the end counts up to there. */
export const closeProbeWindow = (window: ProbeWindow): ProbeWindow =>
  window.downSinceMs === undefined ? window : endOutage(window, window.lastAtMs);

const answered = (window: ProbeWindow, { sequence, endedAtMs }: Probe): ProbeWindow => {
  const up = window.downSinceMs === undefined ? window : endOutage(window, endedAtMs);
  return { ...up, acknowledged: withSequence(up.acknowledged, sequence) };
};

const failed = (window: ProbeWindow, { beganAtMs }: Probe, error: string): ProbeWindow => ({
  ...window,
  failedProbes: window.failedProbes + 1,
  firstError: window.firstError ?? error,
  ...(window.downSinceMs === undefined
    ? { downSinceMs: beganAtMs, outages: window.outages + 1 }
    : { downSinceMs: window.downSinceMs }),
});

const endOutage = (window: ProbeWindow, atMs: number): ProbeWindow => {
  const { downSinceMs = atMs, ...rest } = window;
  const lastedMs = Math.max(0, atMs - downSinceMs);
  return {
    ...rest,
    outageMs: rest.outageMs + lastedMs,
    longestOutageMs: Math.max(rest.longestOutageMs, lastedMs),
  };
};

const withSequence = (ranges: readonly Acknowledged[], sequence: number): Acknowledged[] => {
  const last = ranges.at(-1);
  if (last !== undefined && last[1] === sequence - 1)
    return [...ranges.slice(0, -1), [last[0], sequence] as const];
  return [...ranges, [sequence, sequence] as const];
};

export const acknowledgedCount = (ranges: readonly Acknowledged[]): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
