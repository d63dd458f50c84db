import { condition } from '@temporalio/workflow';
import { formatMs, formatPercent } from '../../domain/format.ts';
import type { PlannedWave } from '../../domain/plan-planned.ts';
import type { Run } from '../engine/run.ts';
import { waitWhilePaused } from '../engine/steps.ts';
import type { EventPlan } from './event-plan.ts';
import { skip } from './skip.ts';
import { carryOutWave } from './wave.ts';

/**
 * Runbook 2.3 until the event is over: each wave at its time. Of waves whose time has passed (a late start, a pause, a change) only the
 * newest is carried out.
 */
export async function rampUp(run: Run, event: EventPlan): Promise<void> {
  for (;;) {
    await waitWhilePaused(run);
    const nowMs = Date.now();
    const { skipped, due, toCome } = event.left(nowMs);
    for (const wave of skipped) skip(run, event, wave, 'its time has passed');
    if (nowMs >= event.times.endMs) {
      for (const wave of [...(due === undefined ? [] : [due]), ...toCome])
        skip(run, event, wave, 'the event is over');
      return;
    }
    if (due !== undefined) {
      event.current = due;
      await carryOutWave(run, event, due);
      event.current = undefined;
      continue;
    }
    const [next] = toCome;
    if (next === undefined) await waitUntil(run, event, event.times.endMs, `the end of ${event.times.name}`);
    else await waitUntil(run, event, next.atMs, waveText(next));
  }
}

/** Until the time has come or the plan was changed. What comes next and when stands in the current details. */
export async function waitUntil(run: Run, event: EventPlan, atMs: number, what: string): Promise<void> {
  const leftMs = atMs - Date.now();
  if (leftMs <= 0) return;
  run.enter('waiting');
  run.waitingFor = `${what}, at ${new Date(atMs).toISOString()} (in ${formatMs(leftMs)})`;
  run.show();
  const { version } = event;
  await condition(() => event.version !== version, leftMs, { summary: `until ${what}` });
  run.waitingFor = undefined;
}

const waveText = ({ share, replicas }: PlannedWave): string => {
  const counts = Object.entries(replicas).map(([service, count]) => `${service} ${count}`);
  return `${formatPercent(share)} (${counts.join(', ')})`;
};
