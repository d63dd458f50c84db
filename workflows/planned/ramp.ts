import { condition } from '@temporalio/workflow';
import { formatPercent } from '../../domain/format.ts';
import { formatLocal } from '../../domain/local-time.ts';
import type { PlannedWave } from '../../domain/plan-planned.ts';
import type { Run } from '../engine/run.ts';
import { waitWhilePaused } from '../engine/steps.ts';
import { agreeOnChange } from './approval.ts';
import type { EventPlan } from './event-plan.ts';
import { skip } from './skip.ts';
import { carryOutWave, validateOnce } from './wave.ts';

/**
 * Runbook 2.3 until the event is over: each wave at its time. Of waves whose time has passed (a late start, a pause, a change) only the
 * newest is carried out.
 */
export async function rampUp(run: Run, event: EventPlan): Promise<void> {
  for (;;) {
    await waitWhilePaused(run);
    await agreeOnChange(run, event);
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
    if (next !== undefined) {
      await waitUntil(run, event, next.atMs, waveText(next));
      continue;
    }
    await validateOnce(run, event);
    await waitUntil(run, event, event.times.endMs, `the end of ${event.times.name}`, afterwards(event));
  }
}

/** Until the time has come or the plan was changed. What comes next, when, and what after that, stands in the current details. */
export async function waitUntil(
  run: Run,
  event: EventPlan,
  atMs: number,
  what: string,
  then = '',
): Promise<void> {
  const leftMs = atMs - Date.now();
  if (leftMs <= 0) return;
  const { timeZone } = event.times;
  run.enter('waiting');
  run.waitingFor = `${what}, at ${formatLocal(atMs, timeZone)} (${timeZone})${then}`;
  run.show();
  const { version } = event;
  await condition(() => event.version !== version, leftMs, { summary: `until ${what}` });
  run.waitingFor = undefined;
}

const waveText = ({ share, replicas }: PlannedWave): string =>
  `${formatPercent(share)} (${counts(replicas)})`;

/** What follows the event, of a plan of now. */
function afterwards({ request, schedule, times }: EventPlan): string {
  const { scaleDown, delayMs } = request.afterEvent;
  if (!scaleDown) return '; the replicas stay';
  const at = formatLocal(times.endMs + delayMs, times.timeZone);
  return `; then the way down from ${at}, to what ran before (${counts(schedule.now)})`;
}

const counts = (replicas: Readonly<Record<string, number>>): string =>
  Object.entries(replicas)
    .map(([service, count]) => `${service} ${count}`)
    .join(', ');
