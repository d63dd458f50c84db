import type Dockerode from 'dockerode';
import pLimit from 'p-limit';
import type { Replica, ReplicaHealth, ReplicaState, Resources } from '../../domain/observation.ts';
import { call, labels, statusOf, type Engine } from './engine.ts';

const limit = pLimit(8);

/** Replicas of the named services (all when left out), by service, each list sorted by number. */
export async function observe(
  engine: Engine,
  services?: readonly string[],
  signal?: AbortSignal,
): Promise<Record<string, Replica[]>> {
  const inspected = await inspectAll(engine, services, signal);
  const found: Record<string, Replica[]> = Object.fromEntries((services ?? []).map((name) => [name, []]));
  for (const info of inspected) {
    const replica = replicaOf(info);
    (found[replica.service] ??= []).push(replica);
  }
  for (const replicas of Object.values(found)) replicas.sort((a, b) => a.number - b.number);
  return found;
}

/** Every container of the project's services as the engine knows it; one that goes away meanwhile is left out. */
export async function inspectAll(
  { docker, spec }: Engine,
  services?: readonly string[],
  signal?: AbortSignal,
): Promise<Dockerode.ContainerInspectInfo[]> {
  signal?.throwIfAborted();
  const label = [`${labels.project}=${spec.project}`, `${labels.oneOff}=False`];
  const listed = await call(() => docker.listContainers({ all: true, filters: { label } }));
  const wanted = listed.filter(
    ({ Labels }) => services === undefined || services.includes(Labels[labels.service] ?? ''),
  );
  const inspected = await Promise.all(wanted.map(({ Id }) => limit(() => inspect(docker, Id))));
  signal?.throwIfAborted();
  return inspected.filter((info) => info !== undefined);
}

async function inspect(docker: Dockerode, id: string): Promise<Dockerode.ContainerInspectInfo | undefined> {
  try {
    return await call(() => docker.getContainer(id).inspect());
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

export function replicaOf(info: Dockerode.ContainerInspectInfo): Replica {
  const found = info.Config.Labels;
  const address = addressOf(info);
  const operationId = found[labels.operationId];
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    service: found[labels.service] ?? '',
    number: Number(found[labels.number] ?? 1),
    state: stateOf(info.State.Status),
    health: healthOf(info),
    createdAtMs: Date.parse(info.Created),
    restartCount: info.RestartCount,
    limits: limitsOf(info),
    ...(address === undefined ? {} : { address }),
    ...(operationId === undefined ? {} : { operationId }),
  };
}

const states: Record<string, ReplicaState> = {
  running: 'running',
  created: 'created',
  restarting: 'restarting',
  paused: 'paused',
};
const stateOf = (status: string): ReplicaState => states[status] ?? 'exited';

function healthOf({ State }: Dockerode.ContainerInspectInfo): ReplicaHealth {
  const status = State.Health?.Status;
  return status === 'healthy' || status === 'starting' || status === 'unhealthy' ? status : 'none';
}

function addressOf({ NetworkSettings }: Dockerode.ContainerInspectInfo): string | undefined {
  return Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress !== '')?.IPAddress;
}

export function limitsOf({ HostConfig }: Dockerode.ContainerInspectInfo): Resources {
  const { NanoCpus, CpuQuota, CpuPeriod, Memory } = HostConfig;
  const cpus = NanoCpus
    ? NanoCpus / 1e9
    : CpuQuota && CpuQuota > 0
      ? CpuQuota / (CpuPeriod || 100_000)
      : undefined;
  return { ...(cpus === undefined ? {} : { cpus }), ...(Memory ? { memoryBytes: Memory } : {}) };
}
