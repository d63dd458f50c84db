import { CrescendoError } from '../domain/crescendo-error.ts';
import type { Platform } from '../platforms/platform.ts';
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

export const endOfLog = async (platform: Platform, name: string, signal: AbortSignal): Promise<string> => {
  const log = await platform.logs(name, { tail: 5 }, signal).catch(() => []);
  return log
    .map(({ text }) => text.trim())
    .join(' | ')
    .slice(-400);
};
