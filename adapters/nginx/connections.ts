import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import type { Replica } from '../../domain/observation.ts';
import type { Platform } from '../../platforms/platform.ts';
import { areAllTaking } from './workers.ts';

export interface ConnectionsOf {
  platform: Platform;
  spec: LoadBalancerSpec;
  replica: Replica;
  signal: AbortSignal;
}

export interface OpenConnections {
  /** From the balancer to the replica; `undefined` where that cannot be seen. */
  connections: number | undefined;
  /** Workers of nginx with an older configuration still finish requests; `undefined` where that cannot be seen. */
  oldWorkers: boolean | undefined;
}

/**
 * What may still be in flight between the balancer and a replica that is out of the upstream: connections that the kernel of the replica has
 * open, and workers that were told to stop and still send what they had.
 */
export const openConnections = async ({
  platform,
  spec,
  replica,
  signal,
}: ConnectionsOf): Promise<OpenConnections> => {
  const running = ((await platform.observe([spec.service], signal))[spec.service] ?? []).filter(
    ({ state }) => state === 'running',
  );
  const addresses = running.flatMap(({ address }) => address ?? []);
  const [connections, ...taking] = await Promise.all([
    countConnections({ platform, spec, replica, signal }, addresses),
    ...running.map(({ name }) => areAllTaking({ platform, spec, name, signal })),
  ]);
  return {
    connections,
    oldWorkers: taking.includes(undefined) ? undefined : taking.includes(false),
  };
};

/** `/proc/net/tcp` of the replica: those established to its port, from one of the addresses. */
const countConnections = async (
  { platform, spec, replica, signal }: ConnectionsOf,
  from: readonly string[],
): Promise<number | undefined> => {
  const argv = ['cat', '/proc/net/tcp', '/proc/net/tcp6'];
  const { stdout } = await platform.exec(replica.name, argv, { timeoutMs: 5_000, signal });
  if (from.length === 0 || !stdout.includes('local_address')) return undefined;
  return establishedIn(stdout, spec.upstreamPort, from);
};

const established = '01';

/** Counts the lines of `/proc/net/tcp` and `tcp6` that are established to the port from one of the IPv4 addresses. */
export const establishedIn = (text: string, port: number, from: readonly string[]): number => {
  const wanted = new Set(from.map(asKernelHex));
  return text.split('\n').filter((line) => {
    const [, local = '', remote = '', state] = line.trim().split(/\s+/);
    const localPort = Number.parseInt(local.split(':')[1] ?? '', 16);
    const address = (remote.split(':')[0] ?? '').slice(-8).toUpperCase();
    return state === established && localPort === port && wanted.has(address);
  }).length;
};

/** An IPv4 address as the kernel of a little-endian machine writes it: 172.18.0.5 is 050012AC. */
const asKernelHex = (address: string): string =>
  address
    .split('.')
    .toReversed()
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
