import { pause } from '../adapters/abort.ts';
import { gateSampleOf, restartsOf, servicesOfGate, type RestartsBefore } from '../domain/gate-readings.ts';
import type { Gate, GateSample } from '../domain/gates.ts';
import type { Observation } from '../domain/observation.ts';
import { unknown } from '../domain/reading.ts';
import { addSample, openWindow, watchedMs, type SoakWindow } from '../domain/soak-window.ts';
import { judgeSoFar } from '../domain/soak-verdict.ts';
import { soakReport } from '../domain/soak.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { servicesIn } from './names.ts';
import { observePlatform } from './observe.ts';
import { reasonOf } from './reason.ts';
import { currentTask, reportBefore } from './task.ts';

/** What goes with each heartbeat: of a size that does not grow with the length of the soak. */
interface Kept {
  window: SoakWindow;
  /** Left out until the platform was seen for the first time. */
  restarts?: RestartsBefore;
}

/** The watched wait. A worker that takes over goes on with the time that is left to watch and with what was seen. */
export const watchGateActivities = (dependencies: Dependencies): Pick<Activities, 'watchGate'> => ({
  watchGate: async ({ gate, services, soakMs, everyMs, sampleMs }) => {
    const { nowMs } = dependencies;
    const { signal, report } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const watched = [...new Set([...services, ...servicesOfGate(gate, catalog)])];
    servicesIn(catalog, watched);
    let kept = keptBefore(gate.rules.length) ?? {
      window: openWindow(gate, nowMs(), maxGapOf(everyMs, sampleMs)),
    };
    // Reported before the first look too: a worker that dies in it must not give the soak its whole time again.
    report(kept);
    for (;;) {
      const lookedAtMs = nowMs();
      const seen = await look(dependencies, { services: watched, sampleMs }, signal);
      const restarts = kept.restarts ?? (typeof seen === 'string' ? undefined : restartsOf(seen));
      const sample =
        typeof seen === 'string' ? blindSample(gate, seen) : gateSampleOf(gate, catalog, seen, restarts);
      const window = addSample(gate, kept.window, sample, lookedAtMs);
      kept = { window, ...(restarts === undefined ? {} : { restarts }) };
      report(kept);
      const verdict = judgeSoFar(gate, window);
      if (verdict.verdict === 'fail') return soakReport(gate, window, { nowMs: nowMs(), verdict });
      const leftMs = soakMs - watchedMs(window, nowMs());
      if (leftMs <= 0) return soakReport(gate, window, { nowMs: nowMs() });
      await pause(Math.max(1, Math.min(lookedAtMs + everyMs - nowMs(), leftMs)), signal);
    }
  },
});

/** A look takes longer than its sample, on a busy machine much longer. */
const maxGapOf = (everyMs: number, sampleMs: number): number => 2 * Math.max(everyMs, sampleMs) + 5_000;

/** One look, or why the platform does not answer: that is a look without readings, and no end of the soak. */
const look = async (
  dependencies: Dependencies,
  what: { services: string[]; sampleMs: number },
  signal: AbortSignal,
): Promise<Observation | string> => {
  try {
    return await observePlatform(dependencies, what, signal);
  } catch (error) {
    return reasonOf(error, signal);
  }
};

const blindSample = (gate: Gate, reason: string): GateSample =>
  Object.fromEntries(gate.rules.map(({ metric }) => [metric, unknown(reason, 'platform')]));

/** From the heartbeat of the attempt before; nothing of one that judged by another gate. */
const keptBefore = (rules: number): Kept | undefined => {
  const details = reportBefore();
  if (typeof details !== 'object' || details === null || !('window' in details)) return undefined;
  const kept = details as Kept;
  return kept.window.rules.length === rules ? kept : undefined;
};
