import { assessEffectiveness } from '../domain/effectiveness.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { observePlatform } from './observe.ts';
import { currentTask, reportBefore } from './task.ts';

/** Runbook 1.5, watched until it holds or the time is over. */
export const effectivenessActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'watchEffectiveness'> => ({
  watchEffectiveness: async ({ before, services, sampleMs, timeoutMs, ...limits }) => {
    const { signal, report } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const startedAtMs = startedBefore() ?? dependencies.nowMs();
    const expected = {
      ...limits,
      ...(catalog.loadBalancer === undefined ? {} : { gatewayService: catalog.loadBalancer.upstreamService }),
    };
    // Reported before the first sample too: a worker that dies in it must not give the wait its whole time again.
    report({ startedAtMs, rows: [] });
    for (;;) {
      const after = await observePlatform(dependencies, { services, sampleMs }, signal);
      const { reached, rows } = assessEffectiveness(before, after, expected);
      const waitedMs = dependencies.nowMs() - startedAtMs;
      if (reached || waitedMs >= timeoutMs) return { effectiveness: { reached, waitedMs, rows }, after };
      report({ startedAtMs, rows });
    }
  },
});

/** When the first attempt began, from the heartbeat of the one before: a retry goes on with the time that is left. */
const startedBefore = (): number | undefined => {
  const details = reportBefore();
  if (typeof details !== 'object' || details === null || !('startedAtMs' in details)) return undefined;
  return typeof details.startedAtMs === 'number' ? details.startedAtMs : undefined;
};
