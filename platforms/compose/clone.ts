import { setTimeout as delay } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { WriteContext } from '../platform.ts';
import { withoutDoor } from './door.ts';
import { abortable, call, labels, settled, statusOf, type Engine } from './engine.ts';
import { endpointsFor, joinNetworks } from './networks.ts';
import { inspect, nameOf, type Container } from './observe.ts';
import { withFreshVolumes } from './volumes.ts';

/** What copies are made from. */
export interface Original {
  container: Container;
  /** The very image that it runs, by its tag as long as that has not moved. */
  image: string;
}

export async function originalOf(
  { docker }: Engine,
  container: Container,
  signal?: AbortSignal,
): Promise<Original> {
  const tag = container.Config.Image;
  try {
    const { Id } = await call(() => docker.getImage(tag).inspect(), signal);
    return { container, image: Id === container.Image ? tag : container.Image };
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return { container, image: container.Image };
  }
}

/** `<project>-<service>-<number>`, or with the separator that the original has. */
export function cloneName({ spec }: Engine, container: Container, number: number): string {
  const prefix = /^(.+[-_])\d+$/.exec(nameOf(container))?.[1];
  return `${prefix ?? `${spec.project}-${container.Config.Labels[labels.service]}-`}${number}`;
}

/**
 * Creates one more replica as a copy of one that is there: same image, command, limits, networks and labels, so that
 * Compose takes it as its own. It never has more rights than its original, and nothing of the original's identity
 * (host name, addresses, anonymous volumes). Safe to repeat: the name is fixed, and a container that has it already is
 * looked at.
 */
export async function createClone(
  engine: Engine,
  original: Original,
  number: number,
  context: WriteContext,
): Promise<string> {
  const name = cloneName(engine, original.container, number);
  const { signal } = context;
  const until = Date.now() + nameSettlesMs;
  while (!(await createOrFind(engine, original, name, number, context))) {
    if (Date.now() > until)
      throw new CrescendoError('PlatformUnavailable', `the name ${name} is neither free nor taken`, { name });
    await delay(50, undefined, signal === undefined ? {} : { signal });
  }
  await joinNetworks(engine, original.container, name, signal);
  return name;
}

/** A name is taken a moment before its container can be seen, and a moment longer than that when it is removed. */
const nameSettlesMs = 5_000;

async function createOrFind(
  engine: Engine,
  original: Original,
  name: string,
  number: number,
  context: WriteContext,
): Promise<boolean> {
  const { signal } = context;
  const options = { ...optionsOf(original, name, number, context), ...abortable(signal) };
  try {
    await call(() => engine.docker.createContainer(options), signal);
    return true;
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    return isReplica(engine, original.container, name, signal);
  }
}

/** A name that is taken is fine when a replica of the same service has it: an earlier attempt made it. */
async function isReplica(
  { docker }: Engine,
  original: Container,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const found = await inspect(docker, name, signal);
  if (found === undefined) return false;
  const same = [labels.project, labels.service].every(
    (label) => found.Config.Labels[label] === original.Config.Labels[label],
  );
  if (same) return found.State.Status !== 'removing';
  const service = original.Config.Labels[labels.service];
  throw new CrescendoError(
    'NotScalable',
    `the name ${name} is taken by a container that is no replica of ${service}: remove or rename it`,
    { name, service },
  );
}

function optionsOf(
  { container, image }: Original,
  name: string,
  number: number,
  { operationId, fencingToken }: WriteContext,
): Dockerode.ContainerCreateOptions {
  const {
    Hostname: _hostname,
    MacAddress: _mac,
    ...config
  } = container.Config as Container['Config'] & {
    MacAddress?: string;
  };
  const { [labels.replaces]: _replaces, ...kept } = container.Config.Labels;
  return {
    ...withFreshVolumes(config, container.HostConfig),
    name,
    Image: image,
    Entrypoint: withoutDoor(config.Entrypoint),
    Labels: {
      ...kept,
      [labels.number]: String(number),
      [labels.operationId]: operationId,
      [labels.fencingToken]: String(fencingToken),
    },
    NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpointsFor(container, name).slice(0, 1)) },
  };
}

/** Starts a created or stopped replica; one that runs already is as good. */
export async function startReplica({ docker }: Engine, name: string, signal?: AbortSignal): Promise<void> {
  await settled(() => docker.getContainer(name).start(abortable(signal)), [304], signal);
}
