/** A signal that aborts with the caller's or when the time is over. */
export interface Deadline {
  signal: AbortSignal;
  hasPassed(): boolean;
  /** Has to be called: the timer holds the process. */
  clear(): void;
}

/** Not AbortSignal.timeout: one that is only reached through AbortSignal.any may be collected, and then never aborts. */
export function deadlineAfter(ms: number, signal?: AbortSignal): Deadline {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`${ms} ms have passed`)), ms);
  return {
    signal: AbortSignal.any([late.signal, ...(signal === undefined ? [] : [signal])]),
    hasPassed: () => late.signal.aborted,
    clear: () => clearTimeout(timer),
  };
}
