import { startReplica } from './clone.ts';
import { hasDoor, openingSignal, waitsFile } from './door.ts';
import { abortable, call, labels, settled, statusOf, type Engine } from './engine.ts';
import { writeFile } from './files.ts';
import { joinNetworks } from './networks.ts';
import { inspect, nameOf, type Container } from './observe.ts';

/** It needs networks that it can be kept out of, and a file system that takes a file. */
export const canWait = ({ HostConfig, NetworkSettings }: Container): boolean => {
  const networks = Object.keys(NetworkSettings.Networks);
  const isOfUser = (network: string): boolean => !['bridge', 'host', 'none'].includes(network);
  return !HostConfig.ReadonlyRootfs && networks.length > 0 && networks.every(isOfUser);
};

/**
 * Starts a container that has a door, in a network of its own: nobody finds it by the service's name, and it takes no port of the host. Says
 * no where its image has no shell to wait in. Can be called again.
 */
export async function letWait(engine: Engine, container: Container, signal?: AbortSignal): Promise<boolean> {
  if (!hasDoor(container) || container.State.Running) return true;
  await writeFile(engine, container.Id, waitsFile, 'until it is let in\n', signal);
  await enterRoom(engine, container, signal);
  try {
    await startReplica(engine, container.Id, signal);
    return true;
  } catch (error) {
    // What it shall run is not in the image.
    if (![400, 404].includes(statusOf(error) ?? 0)) throw error;
    return false;
  }
}

/**
 * Into the networks of the one before it, whose program has ended, and its own program begins. One without a door is started. Can be called
 * again, whatever became of the container meanwhile.
 */
export async function letIn(
  engine: Engine,
  { Id }: Container,
  before: Container,
  signal?: AbortSignal,
): Promise<void> {
  const { docker } = engine;
  const found = await inspect(docker, Id, signal);
  if (found !== undefined && hasDoor(found)) {
    const wake = { signal: openingSignal, ...abortable(signal) };
    await Promise.all([
      // 409: it does not run, and finds its door open when it is started.
      settled(() => docker.getContainer(Id).kill(wake), [409], signal),
      joinNetworks(engine, before, nameOf(found), signal, { keepsAddress: true }),
      writeFile(engine, Id, waitsFile, '', signal),
    ]);
    await closeRoom(engine, found, signal);
  }
  await startReplica(engine, Id, signal);
}

/** Away with the network in which one of the service's containers may have waited. */
export async function closeRoom(
  engine: Engine,
  { Id, Config }: Container,
  signal?: AbortSignal,
): Promise<void> {
  const name = roomOf(Config.Labels);
  const room = engine.docker.getNetwork(name);
  const found = await inspect(engine.docker, Id, signal);
  if (found !== undefined && name in found.NetworkSettings.Networks)
    await settled(() => room.disconnect({ Container: Id, ...abortable(signal) }), [404], signal);
  // 403: another attempt has a container in it, and removes it.
  await settled(() => room.remove(abortable(signal)), [403, 404], signal);
}

async function enterRoom(engine: Engine, { Id, Config }: Container, signal?: AbortSignal): Promise<void> {
  const { docker } = engine;
  const name = roomOf(Config.Labels);
  // Without a way out of the host nothing of the container's ports is published.
  const options = { Name: name, Internal: true, CheckDuplicate: true, ...abortable(signal) };
  await settled(() => docker.createNetwork(options), [409], signal);
  const joined = Object.keys((await inspect(docker, Id, signal))?.NetworkSettings.Networks ?? {});
  for (const network of joined.filter((network) => network !== name)) {
    const leave = { Container: Id, ...abortable(signal) };
    await call(() => docker.getNetwork(network).disconnect(leave), signal);
  }
  if (joined.includes(name)) return;
  await call(() => docker.getNetwork(name).connect({ Container: Id, ...abortable(signal) }), signal);
}

const roomOf = (found: Readonly<Record<string, string>>): string =>
  `${found[labels.project]}_${found[labels.service]}_waiting`;
