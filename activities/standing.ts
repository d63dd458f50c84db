import type { WriteContext } from '../platforms/platform.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseGuard } from './lease-guard.ts';
import { replicasOf } from './replicas.ts';
import { currentTask } from './task.ts';

/**
 * Right before a change of what keeps data and has to run for it: the lease is still the caller's, and it is started where it has stopped. An
 * engine that comes back after a crash leaves stopped what it stops (moby: `unless-stopped` counts that as somebody's stop).
 * Gives facts where it had to be started. Throws LeaseLost.
 */
export const guardStanding = async (
  dependencies: Dependencies,
  service: string,
  { operationId, fencingToken }: Pick<WriteContext, 'operationId' | 'fencingToken'>,
): Promise<string[]> => {
  const { signal, report } = currentTask();
  const { platform } = dependencies;
  await leaseGuard(dependencies)([service], fencingToken);
  const replicas = await replicasOf(platform, service, signal);
  const isUp = replicas.some(({ state }) => state === 'running' || state === 'restarting');
  // None at all is somebody else's to say something about.
  if (isUp || replicas.length === 0) return [];
  report(`${service} has stopped meanwhile: starting it`);
  await platform.start(service, { operationId, fencingToken, signal, onProgress: report });
  return [`${service} had stopped meanwhile, and was started`];
};

/** The same for what stands beside it under the same lease: whoever of these has stopped is started. */
export const startStopped = async (
  { platform }: Dependencies,
  services: readonly string[],
  { operationId, fencingToken }: Pick<WriteContext, 'operationId' | 'fencingToken'>,
): Promise<string[]> => {
  const { signal, report } = currentTask();
  const seen = await platform.observe(services, signal);
  const stopped = services.filter((name) => seen[name]?.some(({ state }) => state === 'exited'));
  for (const name of stopped) {
    report(`${name} has stopped meanwhile: starting it`);
    await platform.start(name, { operationId, fencingToken, signal, onProgress: report });
  }
  return stopped.map((name) => `${name} had stopped meanwhile, and was started`);
};
