import type Dockerode from 'dockerode';
import { abortable, call, labels, statusOf, type Engine } from './engine.ts';
import { inspect, nameOf, type Container } from './observe.ts';

type Endpoint = Dockerode.EndpointSettings & { DriverOpts?: Record<string, string> | null };

/** One that takes the place of its original has its fixed address too; of two that run at once only one can. */
interface Keeps {
  keepsAddress?: boolean;
}

/** What a copy is given on each network of its original: aliases and links, and no address where it is not asked for. The first comes first. */
export function endpointsFor(
  original: Container,
  name: string,
  keeps: Keeps = {},
): [network: string, endpoint: Endpoint][] {
  const main = original.HostConfig.NetworkMode ?? '';
  return (Object.entries(original.NetworkSettings.Networks) as [string, Endpoint][])
    .toSorted(([a], [b]) => Number(b === main) - Number(a === main))
    .map(([network, endpoint]) => [network, endpointOf(network, endpoint, original, name, keeps)]);
}

function endpointOf(
  network: string,
  endpoint: Endpoint,
  original: Container,
  name: string,
  { keepsAddress = false }: Keeps,
): Endpoint {
  // Only networks of the user's know aliases; the engine refuses them on its own three.
  if (['bridge', 'host', 'none'].includes(network)) return {};
  const { Links, DriverOpts, IPAMConfig } = endpoint;
  return {
    Aliases: aliasesOf(endpoint, original, name),
    ...(Links ? { Links } : {}),
    ...(DriverOpts ? { DriverOpts } : {}),
    ...(keepsAddress && IPAMConfig ? { IPAMConfig } : {}),
  };
}

/** The service's aliases, without the original's own id and names. */
function aliasesOf({ Aliases }: Endpoint, original: Container, name: string): string[] {
  const own = new Set([nameOf(original), original.Id.slice(0, 12), original.Config.Hostname]);
  const service = original.Config.Labels[labels.service] ?? '';
  return [...new Set([...(Aliases ?? []).filter((alias) => !own.has(alias)), service, name])];
}

/**
 * Joins the copy to the networks of its original that it is not in yet. A container is created with one network only
 * (Engine API before 1.44), so an attempt may have died between its creation and this; Compose would re-create a
 * container that lacks a network.
 */
export async function joinNetworks(
  { docker }: Engine,
  original: Container,
  name: string,
  signal?: AbortSignal,
  keeps: Keeps = {},
): Promise<void> {
  const endpoints = endpointsFor(original, name, keeps);
  const joined = new Set(Object.keys((await inspect(docker, name, signal))?.NetworkSettings.Networks ?? {}));
  for (const [network, EndpointConfig] of endpoints.filter(([network]) => !joined.has(network))) {
    const options = { Container: name, EndpointConfig, ...abortable(signal) };
    try {
      await call(() => docker.getNetwork(network).connect(options), signal);
    } catch (error) {
      // 403: another attempt has joined it since.
      if (statusOf(error) !== 403) throw error;
    }
  }
}
