import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `condition` answers something true and gives it back. `what` names it in the error, with the last
 * error that the condition threw.
 */
export async function waitFor<T>(
  condition: () => Promise<T> | T,
  options: { timeoutMs: number; what: string; everyMs?: number },
): Promise<NonNullable<T>> {
  const { timeoutMs, what, everyMs = 50 } = options;
  const until = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= until) break;
    await sleep(everyMs);
  }
  throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`, { cause: lastError });
}
