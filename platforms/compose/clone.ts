import type Dockerode from 'dockerode';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { WriteContext } from '../platform.ts';
import { call, labels, statusOf, type Engine } from './engine.ts';

/**
 * Creates one more replica as a copy of one that Compose made: same image, command, limits, network and labels, so that
 * Compose takes it as its own. It never has more rights than its original, and nothing of the original's identity (host
 * name, addresses, anonymous volumes). Safe to repeat: the name is fixed, and a container of that name is looked at first.
 */
export async function createClone(
  { docker, spec }: Engine,
  original: Dockerode.ContainerInspectInfo,
  number: number,
  context: WriteContext,
): Promise<string> {
  const service = original.Config.Labels[labels.service] ?? '';
  const name = `${spec.project}-${service}-${number}`;
  try {
    await call(() => docker.createContainer(cloneOf(original, name, number, context)));
    await joinOtherNetworks(docker, original, name);
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    await requireOurs(docker, name, service);
  }
  return name;
}

/** The Engine API takes one network at the creation; the others are joined before the start. */
async function joinOtherNetworks(
  docker: Dockerode,
  original: Dockerode.ContainerInspectInfo,
  name: string,
): Promise<void> {
  for (const [network, endpoint] of Object.entries(original.NetworkSettings.Networks).slice(1)) {
    const EndpointConfig = { Aliases: aliasesOf(endpoint, original, name) };
    await call(() => docker.getNetwork(network).connect({ Container: name, EndpointConfig }));
  }
}

/** A name that is taken is fine when the container is a replica of the same service: an earlier attempt made it. */
async function requireOurs(docker: Dockerode, name: string, service: string): Promise<void> {
  const { Config } = await call(() => docker.getContainer(name).inspect());
  if (Config.Labels[labels.service] === service) return;
  throw new CrescendoError(
    'NotScalable',
    `the name ${name} is taken by a container that is no replica of ${service}`,
  );
}

function cloneOf(
  original: Dockerode.ContainerInspectInfo,
  name: string,
  number: number,
  context: WriteContext,
): Dockerode.ContainerCreateOptions {
  const { Hostname: _hostname, Domainname, ...config } = original.Config;
  const networks = Object.entries(original.NetworkSettings.Networks).slice(0, 1);
  return {
    ...config,
    ...(Domainname === '' ? {} : { Domainname }),
    name,
    Image: original.Config.Image,
    Labels: {
      ...original.Config.Labels,
      [labels.number]: String(number),
      [labels.operationId]: context.operationId,
      [labels.fencingToken]: String(context.fencingToken),
    },
    HostConfig: { ...original.HostConfig, ContainerIDFile: '' },
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(
        networks.map(([network, endpoint]) => [network, { Aliases: aliasesOf(endpoint, original, name) }]),
      ),
    },
  } as Dockerode.ContainerCreateOptions;
}

/** The service's aliases, without the original's own id and name. */
function aliasesOf(
  endpoint: { Aliases?: string[] | null },
  original: Dockerode.ContainerInspectInfo,
  name: string,
): string[] {
  const own = new Set([original.Name.replace(/^\//, ''), original.Id.slice(0, 12), original.Config.Hostname]);
  const service = original.Config.Labels[labels.service] ?? '';
  const kept = (endpoint.Aliases ?? []).filter((alias) => !own.has(alias));
  return [...new Set([...kept, service, name])];
}

/** Starts a created or stopped replica; one that runs already is as good. */
export async function startReplica({ docker }: Engine, name: string): Promise<void> {
  try {
    await call(() => docker.getContainer(name).start());
  } catch (error) {
    if (statusOf(error) !== 304) throw error;
  }
}

/** SIGTERM, the grace, SIGKILL, then away with it and its anonymous volumes. One that is gone already is as good. */
export async function removeReplica({ docker }: Engine, name: string, stopGraceMs: number): Promise<void> {
  const container = docker.getContainer(name);
  try {
    await call(() => container.stop({ t: Math.max(1, Math.ceil(stopGraceMs / 1_000)) }));
  } catch (error) {
    if (statusOf(error) === 404) return;
    if (statusOf(error) !== 304) throw error;
  }
  try {
    await call(() => container.remove({ v: true, force: true }));
  } catch (error) {
    // 409: the engine removes it already.
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  }
}
