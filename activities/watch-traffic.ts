import { pause } from '../adapters/abort.ts';
import { unknown, type Reading } from '../domain/reading.ts';
import { frontDoorOf } from '../domain/service-readings.ts';
import { addTraffic, judgeTraffic, openTraffic, type TrafficWindow } from '../domain/stable-traffic.ts';
import { trafficMeter, type TrafficMeter } from '../domain/traffic-reading.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { servicesIn } from './names.ts';
import { observePlatform } from './observe.ts';
import { reasonOf } from './reason.ts';
import { currentTask, reportBefore } from './task.ts';

/** The runbook's "monitor traffic for 15 minutes to confirm it's stable", over a window that slides until it is. */
export const watchTrafficActivities = (dependencies: Dependencies): Pick<Activities, 'watchTraffic'> => ({
  watchTraffic: async ({ services, stableMs, timeoutMs, everyMs, sampleMs }) => {
    const { nowMs } = dependencies;
    const { signal, report } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const meter = trafficMeter(catalog, services);
    const frontDoor = frontDoorOf(catalog);
    const watched = meter.counts && frontDoor !== undefined ? [frontDoor] : services;
    servicesIn(catalog, watched);
    const lookMs = Math.max(everyMs, sampleMs);
    let window = windowBefore() ?? openTraffic({ stableMs, lookMs }, nowMs());
    report({ window });
    for (;;) {
      const lookedAtMs = nowMs();
      const reading = await look(dependencies, meter, { services: watched, sampleMs }, signal);
      window = addTraffic(window, reading, lookedAtMs);
      report({ window });
      const judged = judgeTraffic(window, nowMs(), meter.counts ? sampleMs : 0);
      if (judged.stable === true || nowMs() - window.startedAtMs >= timeoutMs) return judged;
      await pause(Math.max(1, lookedAtMs + everyMs - nowMs()), signal);
    }
  },
});

const look = async (
  dependencies: Dependencies,
  meter: TrafficMeter,
  what: { services: string[]; sampleMs: number },
  signal: AbortSignal,
): Promise<Reading> => {
  try {
    return meter.read(await observePlatform(dependencies, what, signal));
  } catch (error) {
    return unknown(reasonOf(error, signal), 'platform');
  }
};

const windowBefore = (): TrafficWindow | undefined => {
  const details = reportBefore();
  if (typeof details !== 'object' || details === null || !('window' in details)) return undefined;
  return details.window as TrafficWindow;
};
