import { Context } from '@temporalio/activity';
import { setUpstream } from '../adapters/nginx/change.ts';
import type { Catalog, ServiceSpec } from '../domain/catalog.ts';
import { formatMs } from '../domain/format.ts';
import type { Replica } from '../domain/observation.ts';
import type { WriteContext } from '../platforms/platform.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { untilEmpty } from './drain.ts';
import { leaseGuard } from './lease-guard.ts';
import { serviceIn } from './names.ts';
import { replicasOf } from './replicas.ts';
import { currentTask, type Task } from './task.ts';
import { untilReady } from './wait-for-replicas.ts';

type Wanted = Parameters<Activities['renewService']>[0];

interface Work extends Dependencies {
  catalog: Catalog;
  spec: ServiceSpec;
  task: Task;
  context: WriteContext;
}

/**
 * Runbook 2.2, on what runs: an edit of the file reaches the replicas without a gap. Which of them are outdated is read anew by each
 * attempt, so that it goes on wherever the one before it died.
 */
export const renewActivities = (dependencies: Dependencies): Pick<Activities, 'renewService'> => ({
  renewService: async (wanted) => {
    const { service, operationId, fencingToken } = wanted;
    const task = currentTask();
    const { catalog } = await dependencies.loadCatalog();
    const spec = serviceIn(catalog, service);
    const context = { operationId, fencingToken, signal: task.signal, onProgress: task.report };
    await leaseGuard(dependencies)([service], fencingToken);
    const old = new Set(await dependencies.platform.outdated(service, task.signal));
    if (old.size === 0) return { facts: [`${service} runs as the compose file says: nothing is renewed`] };
    return { facts: await renewed({ ...dependencies, catalog, spec, task, context }, wanted, old) };
  },
});

async function renewed(work: Work, wanted: Wanted, old: ReadonlySet<string>): Promise<string[]> {
  const { platform, spec, task, context } = work;
  const { service, replicas, timeoutMs } = wanted;
  const made = await platform.renew({ service, replicas }, context);
  const facts = made.map((name) => `created ${name} by the compose file`);
  const isOld = ({ name }: Replica): boolean => old.has(name);
  // Those of an earlier attempt are as new: they were made since the activity was scheduled first.
  const sinceMs = Context.current().info.scheduledTimestampMs;
  const wait = { service, replicas, timeoutMs, sinceMs, leftOut: isOld };
  facts.push(...(await untilReady(work, spec, wait, task)));

  const all = await replicasOf(platform, service, task.signal);
  const fresh = all.filter((replica) => !isOld(replica));
  facts.push(...(await inUpstream(work, fresh)));
  const going = all.filter((replica) => isOld(replica) && replica.state !== 'exited').toReversed();
  for (const replica of going) facts.push(...(await retire(work, replica, wanted)));
  // Those that stand still go first, and nothing else is more than `replicas`.
  const { stopGraceMs } = spec;
  const { removed } = await platform.scale({ service, replicas, stopGraceMs }, context);
  return [...facts, ...removed.map((name) => `removed ${name}`)];
}

/** The balancer sends to the new ones only, before any other goes. */
async function inUpstream(work: Work, fresh: readonly Replica[]): Promise<string[]> {
  const { catalog, platform, spec, context } = work;
  const balancer = catalog.loadBalancer;
  if (balancer?.upstreamService !== spec.name) return [];
  return setUpstream(platform, balancer, { ...context, replicas: fresh.map(({ name }) => name) });
}

/** Emptied, then SIGTERM with its grace. */
async function retire(work: Work, replica: Replica, { drainMs, fencingToken }: Wanted): Promise<string[]> {
  const { catalog, platform, spec, task, context, nowMs } = work;
  await leaseGuard(work)([spec.name], fencingToken);
  const balancer = catalog.loadBalancer;
  const facts =
    balancer?.upstreamService === spec.name ? [await untilEmpty(work, balancer, replica, drainMs, task)] : [];
  task.report(`stopping ${replica.name}, up to ${formatMs(spec.stopGraceMs)}`);
  const startedAtMs = nowMs();
  const { exitCode } = await platform.stopReplica(replica.name, { stopGraceMs: spec.stopGraceMs }, context);
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  return [...facts, `${replica.name} ended${code} after ${formatMs(nowMs() - startedAtMs)}`];
}
