import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenProbe } from '../adapters/database-probe.ts';
import { addProbe, closeProbeWindow, openProbeWindow, type ProbeWindow } from '../domain/probe-window.ts';

const everyMs = 20;

/** What somebody who reads and writes all the time feels of the work, from outside of whatever does it. */
export async function watched(
  openProbe: OpenProbe,
  url: string,
  work: () => Promise<unknown>,
): Promise<ProbeWindow> {
  const probe = openProbe(url, `bench-${Date.now()}`);
  await probe.prepare();
  let window = openProbeWindow(Date.now());
  const over = new AbortController();
  const watching = (async () => {
    for (let sequence = 1; !over.signal.aborted || window.downSinceMs !== undefined; sequence += 1) {
      const beganAtMs = Date.now();
      const error = await tried(async () => {
        await probe.write(sequence);
        await probe.read();
      });
      window = addProbe(window, { sequence, beganAtMs, endedAtMs: Date.now(), ...error });
      await sleep(Math.max(1, beganAtMs + everyMs - Date.now()));
    }
  })();
  try {
    await work();
  } finally {
    over.abort();
    await watching;
    await probe.remove();
    await probe.close();
  }
  return closeProbeWindow(window);
}

const tried = async (work: () => Promise<void>): Promise<{ error?: string }> => {
  try {
    await work();
    return {};
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};
