import { setTimeout as delay } from 'node:timers/promises';

/** Waits; rejects with the signal's AbortError at once when it aborts. */
export const pause = async (durationMs: number, signal?: AbortSignal): Promise<void> =>
  delay(durationMs, undefined, signal === undefined ? {} : { signal });

/**
 * The promise's result, or a rejection with the signal's reason as soon as it aborts. For clients that know no
 * AbortSignal: their request goes on in the background and its result is dropped.
 */
export const orAborted = async <T>(work: Promise<T>, signal?: AbortSignal): Promise<T> => {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

/** A signal that aborts with the given one or after the time, whichever is first. */
export const withTimeLimit = (limitMs: number, signal?: AbortSignal): AbortSignal =>
  signal === undefined
    ? AbortSignal.timeout(limitMs)
    : AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
