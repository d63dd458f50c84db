import type Dockerode from 'dockerode';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';
import type { Described, Replaced, ReplaceRequest, WriteContext } from '../platform.ts';
import { startReplica } from './clone.ts';
import { abortable, call, labels, settled, type Engine } from './engine.ts';
import { refuseOldToken } from './fencing.ts';
import { endpointsFor, joinNetworks } from './networks.ts';
import { inspect, inspectAll, limitsOf, nameOf, type Container } from './observe.ts';
import { removeReplica, stopReplica } from './remove.ts';
import { hashOf } from './renew.ts';

/** Where the container that ran before waits, stopped, until the change has proved itself. */
const beforeSuffix = '-before';
/** Where its successor is made, while the other still runs. */
const nextSuffix = '-next';

/** What runs a service of one container. Throws NotScalable where that is not one. */
export async function describe(engine: Engine, service: string, signal?: AbortSignal): Promise<Described> {
  const { current } = await placesOf(engine, service, signal);
  if (current === undefined)
    throw new CrescendoError('NotScalable', `${service} has no container: start it first`, { service });
  const hash = await hashOf(engine, service, signal);
  return {
    name: nameOf(current),
    command: current.Config.Cmd ?? [],
    limits: limitsOf(current),
    isOutdated: current.Config.Labels[labels.configHash] !== hash,
  };
}

/**
 * Puts a container by the edited compose file in the place of the one that runs, with no more between the two than a stop and a start: the
 * new one is made while the old one runs. The old one stays, under its name with `-before`. Goes on from wherever an attempt before
 * it ended. Throws NotScalable where the container had drifted from the file.
 */
export async function replace(
  engine: Engine,
  { service, edit, stopGraceMs, beforeStop }: ReplaceRequest,
  context: WriteContext,
): Promise<Replaced> {
  const { signal, onProgress } = context;
  const hash = await hashOf(engine, service, signal);
  let { before, current, next } = await placesOf(engine, service, signal);
  refuseOldToken(engine, service, [before, current, next].filter(isThere), context.fencingToken);
  if (before === undefined) {
    if (current === undefined)
      throw new CrescendoError('NotScalable', `${service} has no container: start it first`, { service });
    if (current.Config.Labels[labels.configHash] === hash) return runningSince(engine, current, signal);
    if (next === undefined) {
      onProgress?.(`making the next ${nameOf(current)}`);
      next = await makeNext(engine, { current, edit, hash }, context);
    }
    onProgress?.(`getting ${nameOf(current)} ready for its stop`);
    await beforeStop();
    await setRestart(engine, current, 'no', signal);
    await rename(engine, current, nameOf(current) + beforeSuffix, signal);
    [before, current] = [current, undefined];
  }
  if (next !== undefined) await rename(engine, next, nameOf(next).slice(0, -nextSuffix.length), signal);
  const made = current ?? next;
  if (made === undefined)
    throw new CrescendoError('NotScalable', `${service} lost the container that was to replace it`, {
      service,
    });
  onProgress?.(`${service} stops and starts`);
  await stopReplica(engine, before.Id, stopGraceMs, signal);
  await startReplica(engine, made.Id, signal);
  return runningSince(engine, made, signal, before);
}

/** The container that ran before runs again, and what took its place is gone. Nothing where nothing was replaced. */
export async function putBack(
  engine: Engine,
  { service, stopGraceMs }: { service: string; stopGraceMs: number },
  { fencingToken, signal }: WriteContext,
): Promise<string[]> {
  const { before, current, next } = await placesOf(engine, service, signal);
  refuseOldToken(engine, service, [before, current, next].filter(isThere), fencingToken);
  const successor = before === undefined ? next : (current ?? next);
  const restart = successor?.HostConfig.RestartPolicy?.Name;
  const old = before ?? current;
  if (old === undefined)
    throw new CrescendoError('NotScalable', `${service} has no container to go back to`, { service });
  if (restart !== undefined) await setRestart(engine, old, restart, signal);
  if (next !== undefined) await removeReplica(engine, next.Id, stopGraceMs, signal);
  if (before === undefined) {
    await startReplica(engine, old.Id, signal);
    return [`${nameOf(old)} was not replaced`];
  }
  if (current !== undefined) await removeReplica(engine, current.Id, stopGraceMs, signal);
  const name = nameOf(before).slice(0, -beforeSuffix.length);
  await rename(engine, before, name, signal);
  await startReplica(engine, before.Id, signal);
  return [`${name} is the container that ran before`];
}

/** Away with the container that ran before, and not with its volumes. Returns its name, where there was one. */
export async function removeReplaced(
  engine: Engine,
  service: string,
  { fencingToken, signal }: WriteContext,
): Promise<string[]> {
  const { before, current } = await placesOf(engine, service, signal);
  refuseOldToken(engine, service, [before, current].filter(isThere), fencingToken);
  if (before === undefined || current === undefined) return [];
  const gone = engine.docker.getContainer(before.Id);
  await settled(() => gone.remove({ v: false, ...abortable(signal) }), [404, 409], signal);
  return [nameOf(before)];
}

interface Places {
  before: Container | undefined;
  current: Container | undefined;
  next: Container | undefined;
}

async function placesOf(engine: Engine, service: string, signal?: AbortSignal): Promise<Places> {
  const found = await inspectAll(engine, [service], signal);
  const before = found.find((container) => nameOf(container).endsWith(beforeSuffix));
  const next = found.find((container) => nameOf(container).endsWith(nextSuffix));
  const others = found.filter((container) => container !== before && container !== next);
  if (others.length > 1)
    throw new CrescendoError(
      'NotScalable',
      `${service} has ${others.length} containers; one that keeps data is replaced one at a time`,
      { service },
    );
  return { before, current: others[0], next };
}

const isThere = <T>(value: T | undefined): value is T => value !== undefined;

async function makeNext(
  engine: Engine,
  { current, edit, hash }: { current: Container; edit: ServiceFileEdit; hash: string },
  { operationId, fencingToken, signal }: WriteContext,
): Promise<Container> {
  const name = nameOf(current);
  const { [labels.replaces]: _replaces, ...kept } = current.Config.Labels;
  const { Hostname, ...config } = current.Config;
  const options = {
    ...config,
    // A host name that was not chosen is the container's own id.
    ...(Hostname === current.Id.slice(0, 12) ? {} : { Hostname }),
    name: name + nextSuffix,
    ...(edit.command === undefined ? {} : { Cmd: [...edit.command] }),
    Env: environmentOf(config.Env, edit.environment ?? {}),
    Labels: {
      ...kept,
      [labels.configHash]: hash,
      [labels.operationId]: operationId,
      [labels.fencingToken]: String(fencingToken),
    },
    HostConfig: {
      ...current.HostConfig,
      ...volumesOf(current),
      ...limitsFor(current, edit),
      ContainerIDFile: '',
    },
    NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpointsFor(current, name).slice(0, 1)) },
    ...abortable(signal),
  };
  const { id } = await call(
    () => engine.docker.createContainer(options as Dockerode.ContainerCreateOptions),
    signal,
  );
  await joinNetworks(engine, current, id, signal);
  const made = await inspect(engine.docker, id, signal);
  if (made === undefined) throw new CrescendoError('PlatformUnavailable', `${name + nextSuffix} went away`);
  return made;
}

const environmentOf = (before: readonly string[], more: Readonly<Record<string, string>>): string[] => [
  ...before.filter((pair) => !Object.hasOwn(more, pair.split('=')[0] ?? '')),
  ...Object.entries(more).map(([name, value]) => `${name}=${value}`),
];

/** The very volumes of the other, those without a name too: what lies in them is the database. */
const volumesOf = ({ HostConfig, Mounts }: Container): { Binds: string[]; Mounts: Mount[] } => {
  const volumes = new Map(
    Mounts.filter(({ Type }) => Type === 'volume').map(({ Name = '', Destination }) => [Destination, Name]),
  );
  const binds = HostConfig.Binds ?? [];
  const mounts = ((HostConfig as { Mounts?: Mount[] }).Mounts ?? []).map((mount) =>
    mount.Type === 'volume' ? { ...mount, Source: volumes.get(mount.Target) ?? mount.Source } : mount,
  );
  const covered = new Set([
    ...binds.map((bind) => bind.split(':')[1]),
    ...mounts.map(({ Target }) => Target),
  ]);
  const others = [...volumes].filter(([destination]) => !covered.has(destination));
  return {
    Binds: [...binds, ...others.map(([destination, name]) => `${name}:${destination}`)],
    Mounts: mounts,
  };
};

interface Mount {
  Type: string;
  Source?: string | undefined;
  Target: string;
}

/** As Compose translates the limits and reservations of its file. */
const limitsFor = (
  { HostConfig }: Container,
  { limits = {}, reservations = {} }: ServiceFileEdit,
): object => ({
  ...(limits.cpus === undefined
    ? {}
    : { NanoCpus: Math.round(limits.cpus * 1e9), CpuQuota: 0, CpuPeriod: 0 }),
  ...(limits.memoryBytes === undefined
    ? {}
    : { Memory: limits.memoryBytes, MemorySwap: swapFor(HostConfig, limits.memoryBytes) }),
  ...(reservations.memoryBytes === undefined ? {} : { MemoryReservation: reservations.memoryBytes }),
});

/** Memory with swap grows with the memory; what was without a bound stays so. */
const swapFor = ({ Memory = 0, MemorySwap = 0 }: Container['HostConfig'], memoryBytes: number): number =>
  MemorySwap < 0 ? -1 : Memory > 0 && MemorySwap > 0 ? memoryBytes + MemorySwap - Memory : 2 * memoryBytes;

/** One that has the name is as good. */
async function rename(
  { docker }: Engine,
  container: Container,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  if (nameOf(container) === name) return;
  await call(() => docker.getContainer(container.Id).rename({ name, ...abortable(signal) }), signal);
}

/** An engine that comes back must not start two containers on one volume. */
async function setRestart(
  { docker }: Engine,
  container: Container,
  policy: string,
  signal?: AbortSignal,
): Promise<void> {
  const RestartPolicy = { Name: policy };
  await call(() => docker.getContainer(container.Id).update({ RestartPolicy, ...abortable(signal) }), signal);
}

async function runningSince(
  { docker }: Engine,
  container: Container,
  signal?: AbortSignal,
  before?: Container,
): Promise<Replaced> {
  const [now, old] = await Promise.all([
    inspect(docker, container.Id, signal),
    before === undefined ? undefined : inspect(docker, before.Id, signal),
  ]);
  return {
    name: now === undefined ? nameOf(container) : nameOf(now),
    startedAtMs: Date.parse(now?.State.StartedAt ?? '') || Date.now(),
    ...(old === undefined ? {} : { stoppedAtMs: Date.parse(old.State.FinishedAt) || Date.now() }),
  };
}
