import type { Platform, WriteContext } from '../platforms/platform.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseGuard } from './lease-guard.ts';
import { replicasOf } from './replicas.ts';
import { currentTask } from './task.ts';

type Write = Pick<WriteContext, 'operationId' | 'fencingToken'>;

/**
 * Right before a change of what keeps data and has to run for it: the lease is still the caller's, and it is started where it has stopped. An
 * engine that comes back after a crash leaves stopped what it stops (moby: `unless-stopped` counts that as somebody's stop).
 * Gives facts where it had to be started. Throws LeaseLost.
 */
export const guardStanding = async (
  dependencies: Dependencies,
  service: string,
  write: Write,
): Promise<string[]> => {
  const { platform } = dependencies;
  await leaseGuard(dependencies)([service], write.fencingToken);
  const replicas = await replicasOf(platform, service, currentTask().signal);
  const isUp = replicas.some(({ state }) => state === 'running' || state === 'restarting');
  // None at all is somebody else's to say something about.
  if (isUp || replicas.length === 0) return [];
  return [await startAgain(platform, service, write)];
};

/** The same for what stands beside it under the same lease: whoever of these has stopped is started. */
export const startStopped = async (
  { platform }: Dependencies,
  services: readonly string[],
  write: Write,
): Promise<string[]> => {
  const seen = await platform.observe(services, currentTask().signal);
  const stopped = services.filter((name) => seen[name]?.some(({ state }) => state === 'exited'));
  const facts: string[] = [];
  for (const name of stopped) facts.push(await startAgain(platform, name, write));
  return facts;
};

const startAgain = async (
  platform: Platform,
  service: string,
  { operationId, fencingToken }: Write,
): Promise<string> => {
  const { signal, report } = currentTask();
  report(`${service} has stopped meanwhile: starting it`);
  await platform.start(service, { operationId, fencingToken, signal, onProgress: report });
  return `${service} had stopped meanwhile, and was started`;
};
