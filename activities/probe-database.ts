import { pause } from '../adapters/abort.ts';
import type { DatabaseProbe } from '../adapters/database-probe.ts';
import {
  addProbe,
  closeProbeWindow,
  openProbeWindow,
  resumeProbeWindow,
  type ProbeWindow,
} from '../domain/probe-window.ts';
import type { Activities } from './contract.ts';
import { databaseIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { currentTask, reportBefore } from './task.ts';

/** Reads and writes beside a change of a database: what an application would feel of it. */
export const probeDatabaseActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'prepareProbe' | 'probeDatabase' | 'countProbeWrites'> => ({
  prepareProbe: ({ database, probeId }) =>
    withProbe(dependencies, database, probeId, async (probe) => {
      await probe.prepare();
      if ((await probe.highest()) === 0) await probe.write(1);
      await probe.read();
      return { facts: [`${database} takes a write and gives it back`] };
    }),

  probeDatabase: ({ database, probeId, everyMs }) =>
    withProbe(dependencies, database, probeId, async (probe) => {
      const { signal, report } = currentTask();
      const { nowMs } = dependencies;
      const kept = windowBefore();
      let window = kept === undefined ? openProbeWindow(nowMs()) : resumeProbeWindow(kept, nowMs());
      let sequence = await firstSequence(probe, window);
      while (!signal.aborted) {
        const beganAtMs = nowMs();
        const error = await tried(probe, sequence);
        window = addProbe(window, { sequence, beganAtMs, endedAtMs: nowMs(), ...error });
        // A write without an answer may be there or not: its number is not used for another one.
        sequence += 1;
        report(window);
        await pause(Math.max(1, beganAtMs + everyMs - nowMs()), signal).catch(() => undefined);
      }
      return closeProbeWindow(window);
    }),

  countProbeWrites: ({ database, probeId, acknowledged }) =>
    withProbe(dependencies, database, probeId, async (probe) => {
      const missing = await probe.missing(acknowledged);
      // What is missing is somebody's to look at: the rest stays for that.
      if (missing === 0) await probe.remove();
      return { missing };
    }),
});

const withProbe = async <T>(
  dependencies: Dependencies,
  database: string,
  probeId: string,
  work: (probe: DatabaseProbe) => Promise<T>,
): Promise<T> => {
  const { url, driver } = await databaseIn(dependencies, database);
  const probe = driver.openProbe(url, probeId);
  try {
    return await work(probe);
  } finally {
    await probe.close();
  }
};

const tried = async (probe: DatabaseProbe, sequence: number): Promise<{ error?: string }> => {
  try {
    await probe.write(sequence);
    await probe.read();
    return {};
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};

const windowBefore = (): ProbeWindow | undefined => {
  const details = reportBefore();
  return typeof details === 'object' && details !== null && 'acknowledged' in details
    ? (details as ProbeWindow)
    : undefined;
};

/** Above everything that any attempt may have written: far above, where the database cannot be asked. */
const firstSequence = async (
  probe: DatabaseProbe,
  { acknowledged, probes }: ProbeWindow,
): Promise<number> => {
  const known = Math.max(acknowledged.at(-1)?.[1] ?? 0, probes);
  const there = await probe.highest().catch(() => known + 1_000_000);
  return Math.max(known, there) + 1;
};
