import { pause, withTimeLimit } from '../adapters/abort.ts';
import type { LoadBalancerSpec, ServiceSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { Replica } from '../domain/observation.ts';
import { valueOf, type Reading } from '../domain/reading.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { loadBalancerOf, serviceIn } from './names.ts';
import { oldestRunning, replicasOf } from './replicas.ts';
import { currentTask } from './task.ts';

const probeTimeoutMs = 10_000;
const maxWaitMs = 2_000;
const roundMs = 1_000;
/** Probes in the air for each replica in one round: enough that `least_conn` tries them all, little beside real traffic. */
const probesPerReplica = 4;

/** What goes through the front door. */
export const reachActivities = ({
  loadCatalog,
  platform,
  metrics,
  fetch,
  nowMs,
}: Dependencies): Pick<Activities, 'proveEveryReplicaReached' | 'checkFunction'> => ({
  proveEveryReplicaReached: async ({ service, replicas, timeoutMs, sinceMs }) => {
    const { signal, report } = currentTask();
    const { catalog } = await loadCatalog();
    const balancer = loadBalancerOf(catalog, service);
    const spec = serviceIn(catalog, service);
    const running = oldestRunning(await replicasOf(platform, service, signal), replicas);
    if (running.length < replicas)
      throw new CrescendoError(
        'UpstreamNotReached',
        `${running.length} of ${replicas} replicas of ${service} are running`,
      );
    const fresh = running.filter(({ createdAtMs }) => sinceMs !== undefined && createdAtMs >= sinceMs);
    const expected = fresh.length > 0 ? fresh : running;
    const startedAtMs = nowMs();
    const read = () => metrics.requestCounts(spec, expected, balancer.probePath, signal);
    const before = await read();
    let sent = 0;
    let waitMs = 250;
    let failure: string | undefined;
    for (;;) {
      const round = probe(fetch, balancer, expected.length * probesPerReplica, signal);
      // A replica under the spike answers late: those that answered are counted meanwhile.
      await Promise.race([round.then((last) => (failure = last ?? failure)), pause(roundMs, signal)]);
      sent += expected.length * probesPerReplica;
      const reached = countReached(expected, before, await read());
      const missing = expected.filter(({ name }) => (reached.get(name) ?? 0) === 0).map(({ name }) => name);
      if (missing.length === 0)
        return {
          facts: expected.map(
            ({ name }) => `${name} answered ${reached.get(name)} of ${sent} probes through the balancer`,
          ),
        };
      report(`${sent} probes sent, not reached yet: ${missing.join(', ')}`);
      if (nowMs() - startedAtMs >= timeoutMs) throw notReached(missing, sent, spec, failure);
      // The probes are load too, and a balancer that has set a replica aside does not take it back for being asked.
      await pause(waitMs, signal);
      waitMs = Math.min(2 * waitMs, maxWaitMs);
    }
  },

  checkFunction: async () => {
    const { catalog } = await loadCatalog();
    const { loadBalancer } = catalog;
    if (loadBalancer === undefined)
      return { facts: ['the catalog names no load balancer: there is no front door to try'] };
    const basePath = catalog.services[loadBalancer.upstreamService]?.metrics?.basePath ?? '/actuator';
    const url = `${loadBalancer.url}${basePath}/health`;
    const failure = await get(fetch, url, currentTask().signal);
    if (failure !== undefined) throw new CrescendoError('UpstreamNotReached', `${url} ${failure}`);
    return { facts: [`${url} answered`] };
  },
});

/** Sends the probes at once. Gives the last failure, `undefined` when all were answered. */
const probe = async (
  fetch: Dependencies['fetch'],
  { url, probePath }: LoadBalancerSpec,
  count: number,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const probes = Array.from({ length: count }, () => get(fetch, `${url}${probePath}`, signal));
  return (await Promise.all(probes)).findLast((failure) => failure !== undefined);
};

/** What went wrong, `undefined` for an answer below 400. */
const get = async (
  fetch: Dependencies['fetch'],
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  try {
    const response = await fetch(url, { signal: withTimeLimit(probeTimeoutMs, signal) });
    await response.arrayBuffer();
    return response.ok ? undefined : `answered ${response.status}`;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? error.cause.message : error.message;
  }
};

/** Growth of each counter; 0 where a reading is missing. A counter that was reset by a restart counts from 0. */
const countReached = (
  replicas: readonly Replica[],
  before: Readonly<Record<string, Reading>>,
  after: Readonly<Record<string, Reading>>,
): Map<string, number> =>
  new Map(
    replicas.map(({ name }) => {
      const now = valueOf(after[name]);
      const then = valueOf(before[name]);
      if (now === undefined) return [name, 0];
      // Without a figure from before nothing proves that this traffic was ours.
      if (then === undefined) return [name, 0];
      return [name, now < then ? now : now - then];
    }),
  );

const notReached = (
  missing: readonly string[],
  sent: number,
  { name }: ServiceSpec,
  failure: string | undefined,
): CrescendoError =>
  new CrescendoError(
    'UpstreamNotReached',
    `${sent} probes through the balancer of ${name} did not reach ${missing.join(', ')}` +
      (failure === undefined ? '' : `; the last failure: ${failure}`),
    { missing, sent },
  );
