import { pause } from '../adapters/abort.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatMs } from '../domain/format.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Dependencies } from './dependencies.ts';
import { replicasOf } from './replicas.ts';

/**
 * One that ended twice does not come up by waiting. `name` is that of one container, where only one of the service counts. Throws
 * ReplicaCrashed with the end of its log.
 */
export const throwIfCrashing = async (
  { platform }: { platform: Platform },
  service: string,
  signal: AbortSignal,
  name?: string,
): Promise<void> => {
  const replicas = await replicasOf(platform, service, signal);
  const found = replicas.find((replica) => name === undefined || replica.name === name);
  if (found === undefined || found.restartCount < 2) return;
  throw new CrescendoError(
    'ReplicaCrashed',
    `${found.name} ends at each start: ${await endOfLog(platform, found.name, signal)}`,
    { name: found.name, restarts: found.restartCount },
  );
};

/** How long a container may be seen stopped: one that crashes is started again by its restart policy, one that was stopped is not. */
const stoppedMs = 60_000;
const lookAgainMs = 1_000;

/**
 * Waits for the work as long as the one container of the service has not stopped for good: waiting does not start it. Throws ReplicaNotReady with
 * the end of its log.
 */
export const unlessStopped = async <T>(
  dependencies: Pick<Dependencies, 'platform' | 'nowMs'>,
  service: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const working = work(either);
  const stopped = untilStopped(dependencies, service, either);
  try {
    return await Promise.race([working, stopped]);
  } finally {
    over.abort();
    await Promise.allSettled([working, stopped]);
  }
};

async function untilStopped(
  { platform, nowMs }: Pick<Dependencies, 'platform' | 'nowMs'>,
  service: string,
  signal: AbortSignal,
): Promise<never> {
  let sinceMs: number | undefined;
  for (;;) {
    await pause(lookAgainMs, signal);
    const [replica] = await replicasOf(platform, service, signal).catch(() => []);
    sinceMs = replica?.state === 'exited' ? (sinceMs ?? nowMs()) : undefined;
    if (replica === undefined || sinceMs === undefined || nowMs() - sinceMs < stoppedMs) continue;
    throw new CrescendoError(
      'ReplicaNotReady',
      `${replica.name} has stopped, and nobody started it again for ${formatMs(stoppedMs)}: ${await endOfLog(platform, replica.name, signal)}`,
      { service },
    );
  }
}

export const endOfLog = async (platform: Platform, name: string, signal: AbortSignal): Promise<string> => {
  const log = await platform.logs(name, { tail: 5 }, signal).catch(() => []);
  return log
    .map(({ text }) => text.trim())
    .join(' | ')
    .slice(-400);
};
