import { planRedisCluster } from '../domain/plan-redis-cluster.ts';
import { needsWord } from '../domain/plan-resize.ts';
import type { ProcedureResult } from '../domain/procedure.ts';
import { clusterNodesOf } from '../domain/redis-cluster-steps.ts';
import { leasePriority } from './contracts.ts';
import { formRedisClusterInput, type FormRedisClusterInput } from './contracts/form-redis-cluster.ts';
import { perform } from './engine/activities.ts';
import { carryOutResize } from './engine/downtime.ts';
import { Ending } from './engine/ending.ts';
import { parseInput } from './engine/input.ts';
import { takeLease } from './engine/lease.ts';
import { agreeOn, carryOut } from './engine/procedure.ts';
import { Run } from './engine/run.ts';

/** Runbook 3.4, "Redis Cluster": three masters and three replicas with a copy of the keys, beside a server that goes on. */
export async function formRedisCluster(input: FormRedisClusterInput): Promise<ProcedureResult> {
  const request = parseInput('formRedisCluster', formRedisClusterInput, input);
  const run = new Run('formRedisCluster', { ...request });

  return carryOut(run, async () => {
    const { catalog, hash } = await run.loadCatalog();
    const { database, sampleMs, copyAgain } = request;
    const nodes = clusterNodesOf(catalog.databases?.[database]?.service ?? database, request.nodes);
    const [container, readings, seen] = await Promise.all([
      perform('readDatabaseContainer', [{ database, sampleMs }], 'its container and its host', sampleMs),
      perform('readRedis', [{ database, sampleMs }], 'its symptoms', sampleMs),
      perform('readRedisCluster', [{ database, nodes }], 'its keys, and what there is of a cluster'),
    ]);
    const plan = planRedisCluster({
      catalog,
      catalogHash: hash,
      observedAtMs: Date.now(),
      database,
      container,
      readings,
      seen,
      nodes,
      copyAgain,
    });
    const cannotBeUndone = plan.steps.some(({ undoable }) => !undoable);
    if (needsWord(plan) || cannotBeUndone) run.request.approval = 'required';
    await agreeOn(run, plan);
    await takeLease(run, [container.service], leasePriority.planned);
    await carryOutResize(run, plan, request);
    return new Ending('completed', `${nodes.length} nodes are one cluster; nothing stopped for it`);
  });
}
