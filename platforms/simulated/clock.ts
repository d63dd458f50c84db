import { setTimeout as delay } from 'node:timers/promises';

/** The time of a simulated platform. */
export interface Clock {
  nowMs(): number;
  /** Rejects at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  nowMs: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

/** Time that passes only where somebody waits for it: an hour takes no time, and each run is the same. */
export function skippingClock(startMs = Date.UTC(2026, 0, 1)): Clock & { pass(ms: number): void } {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    pass: (ms) => {
      nowMs += ms;
    },
    sleep: async (ms, signal) => {
      // Others that wait get their turn, so that a loop without an end can be ended.
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      nowMs += ms;
    },
  };
}
