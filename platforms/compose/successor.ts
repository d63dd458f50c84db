import type Dockerode from 'dockerode';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { WriteContext } from '../platform.ts';
import { behindDoor, withoutDoor } from './door.ts';
import { abortable, call, labels, type Engine } from './engine.ts';
import { endpointsFor, joinNetworks } from './networks.ts';
import { inspect, nameOf, type Container } from './observe.ts';
import { nextSuffix } from './places.ts';
import { removeReplica } from './remove.ts';
import { canWait, closeRoom, letWait } from './waiting-room.ts';

interface Wanted {
  current: Container;
  edit: ServiceFileEdit;
  hash: string;
}

/**
 * The same container by the edited file, beside the one that runs: started and waiting, so that little is left to do when the other has
 * stopped, or only created where it cannot wait. Goes on with one that an attempt before has made.
 */
export async function readyNext(
  engine: Engine,
  wanted: Wanted,
  made: Container | undefined,
  context: WriteContext,
): Promise<Container> {
  const next = made ?? (await makeNext(engine, wanted, canWait(wanted.current), context));
  if (await letWait(engine, next, context.signal)) return next;
  await removeReplica(engine, next.Id, 1_000, context.signal);
  await closeRoom(engine, next, context.signal);
  return makeNext(engine, wanted, false, context);
}

async function makeNext(
  engine: Engine,
  { current, edit, hash }: Wanted,
  waits: boolean,
  { operationId, fencingToken, signal }: WriteContext,
): Promise<Container> {
  const name = nameOf(current);
  const keeps = { keepsAddress: true };
  const { [labels.replaces]: _replaces, ...kept } = current.Config.Labels;
  const { Hostname, ...config } = current.Config;
  const options = {
    ...config,
    // A host name that was not chosen is the container's own id.
    ...(Hostname === current.Id.slice(0, 12) ? {} : { Hostname }),
    name: name + nextSuffix,
    Entrypoint: waits ? behindDoor(config.Entrypoint) : withoutDoor(config.Entrypoint),
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
    NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpointsFor(current, name, keeps).slice(0, 1)) },
    ...abortable(signal),
  };
  const { id } = await call(
    () => engine.docker.createContainer(options as Dockerode.ContainerCreateOptions),
    signal,
  );
  await joinNetworks(engine, current, id, signal, keeps);
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
