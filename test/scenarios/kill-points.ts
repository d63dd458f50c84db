import type { Lab } from '../../demo/lab.ts';
import type { Procedure } from './steps.ts';

export interface KillPoint {
  activity: string;
  /** Which one of its kind, from 1. */
  nth: number;
  where: 'inside' | 'after';
  delayMs: number;
}

const activities = [
  ['observe', 1],
  ['requestLease', 1],
  ['readReplicas', 3],
  ['scaleService', 3],
  ['waitForReplicas', 3],
  ['reloadUpstream', 1],
  ['proveEveryReplicaReached', 1],
  ['waitForRebalance', 2],
  ['waitForLagToFall', 1],
  ['watchEffectiveness', 1],
] as const;

/** One point a round, drawn from the seed: the writing activities always among them. */
export function killPoints(seed: number, rounds: number): KillPoint[] {
  const random = mulberry32(seed);
  return Array.from({ length: rounds }, (_, round) => {
    // Every third round hits the activity that matters most: the one that makes containers.
    const [activity, count] = round % 3 === 0 ? (['scaleService', 3] as const) : pick(activities, random());
    return {
      activity,
      nth: 1 + Math.floor(random() * count),
      where: random() < 0.7 ? 'inside' : 'after',
      delayMs: Math.floor(random() * 600),
    };
  });
}

const pick = <T>(list: readonly T[], at: number): T => list[Math.floor(at * list.length)] as T;

/** Small seeded generator (mulberry32): the same seed gives the same rounds. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Kills the worker when the point is reached. False when the procedure ended before. */
export async function killAt(lab: Lab, handle: Procedure, point: KillPoint): Promise<boolean> {
  for (;;) {
    const { status, raw } = await handle.describe();
    if (status.name !== 'RUNNING') return false;
    const done = (await lab.finishedActivities(handle.workflowId)).filter(
      (name) => name === point.activity,
    ).length;
    const pending = raw.pendingActivities ?? [];
    const inside = pending.some(({ activityType, lastStartedTime }) => {
      return activityType?.name === point.activity && lastStartedTime != null && done === point.nth - 1;
    });
    if (point.where === 'inside' ? inside || done >= point.nth : done >= point.nth) break;
    await pause(25);
  }
  if (point.where === 'inside') await pause(point.delayMs);
  await lab.worker.kill();
  return true;
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
