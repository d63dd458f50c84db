import { hasUpstream, setUpstream } from '../adapters/nginx/change.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseGuard } from './lease-guard.ts';
import { loadBalancerOf } from './names.ts';
import { oldestRunning, replicasOf } from './replicas.ts';
import { currentTask } from './task.ts';

/** The runbook's 2.4. Fewer replicas than run is draining: the newest are out of the upstream before they are stopped. */
export const upstreamActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'reloadUpstream' | 'readUpstream'> => ({
  readUpstream: async ({ service }) => {
    const { signal } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const balancer = loadBalancerOf(catalog, service);
    const running = (await replicasOf(dependencies.platform, service, signal)).filter(
      ({ state }) => state === 'running',
    );
    const names = running.map(({ name }) => name);
    return { matches: await hasUpstream(dependencies.platform, balancer, names, signal) };
  },

  reloadUpstream: async ({ service, replicas, operationId, fencingToken }) => {
    const { signal, report } = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const balancer = loadBalancerOf(catalog, service);
    const running = oldestRunning(await replicasOf(dependencies.platform, service, signal), replicas);
    if (running.length < replicas)
      throw new CrescendoError(
        'ReplicaNotReady',
        `the upstream of ${service} shall have ${replicas} replicas, ${running.length} are running`,
      );
    await leaseGuard(dependencies)([service], fencingToken);
    const facts = await setUpstream(dependencies.platform, balancer, {
      replicas: running.map(({ name }) => name),
      operationId,
      fencingToken,
      signal,
      onProgress: report,
    });
    return { facts };
  },
});
