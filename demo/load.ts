import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Partial, WaveOrder } from './load-protocol.ts';

/** What clients saw in a span of time. Percentiles are `null` when nothing was answered in it: missing is not zero. */
export interface LoadSummary {
  /** Of the good answers; a request that timed out counts with the time-out. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  /** Failed and timed out of all that ended, 0 to 1; `null` when none ended. */
  errorRate: number | null;
}

/** One second of load. */
export interface LoadSample extends LoadSummary {
  /** End of the second. */
  atMs: number;
  sentPerSecond: number;
  okPerSecond: number;
}

export interface Load {
  /** Changes the rate for all that is sent from now on. */
  setRate: (ratePerSecond: number) => Promise<void>;
  /** Every full second so far, oldest first. */
  samples: () => readonly LoadSample[];
  /** Over all requests that ended in the span, not an average of seconds. */
  summary: (fromMs: number, toMs: number) => LoadSummary;
  stop: () => Promise<void>;
}

interface Wave {
  child: ChildProcess;
  ratePerSecond: number;
}

interface Second extends Partial {
  atMs: number;
  millis: number;
}

const timeoutMs = 10_000;
const waveFile = fileURLToPath(new URL('load-wave.ts', import.meta.url));

/**
 * Sends messages through the front door at a constant rate, however the platform answers (open loop). Each increase of the rate is one
 * more process, a "wave"; a decrease ends the youngest. Must be stopped.
 */
export async function startLoad(options: {
  url: string;
  token: string;
  ratePerSecond: number;
}): Promise<Load> {
  const waves: Wave[] = [];
  const seconds: Second[] = [];
  let current = emptyPartial();
  let since = performance.now();

  const addWave = async (ratePerSecond: number): Promise<void> => {
    const child = fork(waveFile, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--import', 'tsx'],
    });
    const order: WaveOrder = { url: options.url, token: options.token, ratePerSecond, timeoutMs };
    waves.push({ child, ratePerSecond });
    await once(child, 'spawn');
    child.send(order);
    const first = once(child, 'message');
    child.on('message', (partial: Partial) => addTo(current, partial));
    await first;
  };
  const endYoungest = async (): Promise<number> => {
    const wave = waves.pop();
    if (wave === undefined) return 0;
    const gone = once(wave.child, 'exit');
    wave.child.kill('SIGKILL');
    await gone;
    return wave.ratePerSecond;
  };
  const setRate = async (ratePerSecond: number): Promise<void> => {
    let running = waves.reduce((sum, wave) => sum + wave.ratePerSecond, 0);
    while (running > ratePerSecond) running -= await endYoungest();
    if (running < ratePerSecond) await addWave(ratePerSecond - running);
  };

  await setRate(options.ratePerSecond);
  current = emptyPartial();
  since = performance.now();
  const ticker = setInterval(() => {
    const now = performance.now();
    seconds.push({ ...current, atMs: Date.now(), millis: now - since });
    current = emptyPartial();
    since = now;
  }, 1_000);

  return {
    setRate,
    samples: () => seconds.map(sampleOf),
    summary: (fromMs, toMs) => {
      const merged = emptyPartial();
      for (const second of seconds) if (second.atMs > fromMs && second.atMs <= toMs) addTo(merged, second);
      return summaryOf(merged);
    },
    stop: async () => {
      clearInterval(ticker);
      while (waves.length > 0) await endYoungest();
    },
  };
}

const emptyPartial = (): Partial => ({ sent: 0, latenciesMs: [], failed: 0, timedOut: 0 });

const addTo = (total: Partial, part: Partial): void => {
  total.sent += part.sent;
  total.failed += part.failed;
  total.timedOut += part.timedOut;
  total.latenciesMs.push(...part.latenciesMs);
};

const sampleOf = (second: Second): LoadSample => ({
  atMs: second.atMs,
  sentPerSecond: (second.sent / second.millis) * 1_000,
  okPerSecond: (second.latenciesMs.length / second.millis) * 1_000,
  ...summaryOf(second),
});

const summaryOf = ({ latenciesMs, failed, timedOut }: Partial): LoadSummary => {
  const sorted = [...latenciesMs, ...Array.from({ length: timedOut }, () => timeoutMs)].toSorted(
    (a, b) => a - b,
  );
  const ended = latenciesMs.length + failed + timedOut;
  return {
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    errorRate: ended === 0 ? null : (failed + timedOut) / ended,
  };
};

/** Nearest rank. */
const quantile = (sorted: readonly number[], q: number): number | null =>
  sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
