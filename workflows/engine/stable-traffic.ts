import { formatMs } from '../../domain/format.ts';
import type { StepReport } from '../../domain/procedure.ts';
import { perform } from './activities.ts';
import { Ending } from './ending.ts';
import type { Run } from './run.ts';
import { addFacts, waitWhilePaused } from './steps.ts';

export interface StableTrafficTimes {
  stableMs: number;
  stableTimeoutMs: number;
  everyMs: number;
  sampleMs: number;
}

/**
 * Waits until traffic was stable for `stableMs`, as a step of its own before the plan's.
 * @throws Ending `held` with code TrafficNotStable when it was not within the time, or could not be read: missing is not zero.
 */
export async function confirmStableTraffic(run: Run, times: StableTrafficTimes): Promise<void> {
  const { stableMs, everyMs, sampleMs } = times;
  const timeoutMs = Math.max(stableMs, times.stableTimeoutMs);
  const services = [...new Set((run.plan?.steps ?? []).map(({ service }) => service))];
  const report: StepReport = {
    id: 'stable-traffic',
    title: `Confirm that traffic is stable over ${formatMs(stableMs)}`,
    service: 'platform',
    status: 'running',
    startedAtMs: Date.now(),
    facts: [],
  };
  run.steps.unshift(report);
  run.enter('soaking');
  const latest = new Date(Date.now() + timeoutMs).toISOString();
  run.waitingFor = `traffic to be stable over ${formatMs(stableMs)}, at the latest until ${latest}`;
  run.show();
  try {
    const input = { services, stableMs, timeoutMs, everyMs, sampleMs };
    const seen = await perform('watchTraffic', [input], report.title, timeoutMs);
    addFacts(run, report, [seen.sentence]);
    report.status = seen.stable === true ? 'done' : 'failed';
    if (seen.stable !== true)
      throw new Ending('held', `nothing was changed: ${seen.sentence}`, 'TrafficNotStable');
  } catch (error) {
    report.status = 'failed';
    throw error;
  } finally {
    run.waitingFor = undefined;
    report.endedAtMs = Date.now();
    run.show();
  }
  await waitWhilePaused(run);
}
