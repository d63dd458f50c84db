import type Dockerode from 'dockerode';
import pLimit from 'p-limit';
import type { Replica, ReplicaHealth, ReplicaState, Resources } from '../../domain/observation.ts';
import { abortable, call, labels, statusOf, type Engine } from './engine.ts';

export type Container = Dockerode.ContainerInspectInfo;

const inspections = pLimit(8);

/** Replicas of the named services (all when left out), by service, each list sorted by number. */
export async function observe(
  engine: Engine,
  services?: readonly string[],
  signal?: AbortSignal,
): Promise<Record<string, Replica[]>> {
  const containers = await inspectAll(engine, services, signal);
  const found: Record<string, Replica[]> = Object.fromEntries((services ?? []).map((name) => [name, []]));
  for (const replica of containers.map(replicaOf)) (found[replica.service] ??= []).push(replica);
  return found;
}

/**
 * Every container of the project's services as the engine knows it, sorted by number; one that goes away meanwhile or
 * is being removed is left out.
 */
export async function inspectAll(
  engine: Engine,
  services?: readonly string[],
  signal?: AbortSignal,
): Promise<Container[]> {
  const listed = await listAll(engine, services, signal);
  const inspected = await Promise.all(
    listed.map(({ Id }) => inspections(() => inspect(engine.docker, Id, signal))),
  );
  return inspected
    .filter((info) => info !== undefined)
    .filter(({ State }) => State.Status !== 'removing')
    .toSorted((a, b) => numberOf(a) - numberOf(b));
}

/** The same in one request, with no more than ids, labels, state and a sentence about it. */
export async function listAll(
  { docker, spec }: Engine,
  services?: readonly string[],
  signal?: AbortSignal,
): Promise<Dockerode.ContainerInfo[]> {
  const label = [`${labels.project}=${spec.project}`, `${labels.oneOff}=False`];
  const query = { all: true, filters: { label }, ...abortable(signal) };
  const listed = await call(() => docker.listContainers(query), signal);
  return listed.filter(
    ({ Labels, State }) =>
      State !== 'removing' && (services === undefined || services.includes(Labels[labels.service] ?? '')),
  );
}

/** One container, or `undefined` when there is none of that id or name. */
export async function inspect(
  docker: Dockerode,
  idOrName: string,
  signal?: AbortSignal,
): Promise<Container | undefined> {
  try {
    return await call(() => docker.getContainer(idOrName).inspect(abortable(signal)), signal);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

export function replicaOf(info: Container): Replica {
  const found = info.Config.Labels;
  const address = addressOf(info);
  const operationId = found[labels.operationId];
  return {
    id: info.Id,
    name: nameOf(info),
    service: found[labels.service] ?? '',
    number: numberOf(info),
    state: stateOf(info.State.Status),
    health: healthOf(info),
    createdAtMs: Date.parse(info.Created),
    restartCount: info.RestartCount,
    limits: limitsOf(info),
    ...(address === undefined ? {} : { address }),
    ...(operationId === undefined ? {} : { operationId }),
  };
}

/** The engine writes names with a slash in front. */
export const nameOf = ({ Name }: Container): string => Name.replace(/^\//, '');
const numberOf = ({ Config }: Container): number => Number(Config.Labels[labels.number] ?? 1);

const states: Record<string, ReplicaState> = {
  running: 'running',
  created: 'created',
  restarting: 'restarting',
  paused: 'paused',
};
export const stateOf = (status: string): ReplicaState => states[status] ?? 'exited';

function healthOf({ State }: Container): ReplicaHealth {
  const status = State.Health?.Status;
  return status === 'healthy' || status === 'starting' || status === 'unhealthy' ? status : 'none';
}

function addressOf({ NetworkSettings }: Container): string | undefined {
  return Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress !== '')?.IPAddress;
}

export function limitsOf({ HostConfig }: Pick<Container, 'HostConfig'>): Resources {
  const { NanoCpus, CpuQuota, CpuPeriod, Memory } = HostConfig;
  const ofQuota = CpuQuota && CpuQuota > 0 ? CpuQuota / (CpuPeriod || 100_000) : undefined;
  const cpus = NanoCpus ? NanoCpus / 1e9 : ofQuota;
  return { ...(cpus === undefined ? {} : { cpus }), ...(Memory ? { memoryBytes: Memory } : {}) };
}
