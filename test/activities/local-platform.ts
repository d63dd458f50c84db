import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostObservation, Replica, ReplicaUsage } from '../../domain/observation.ts';
import { known } from '../../domain/reading.ts';
import type { LogLine, Platform, ScaleRequest, WriteContext } from '../../platforms/platform.ts';

/**
 * A platform of this process: each replica is a real HTTP server on a loopback address of its own, which is its name too, with an actuator
 * and a log. What a test wants to go wrong it changes in `replicas`.
 */
export interface LocalPlatform extends Platform {
  /** By service; changed by tests, then `changed()` is called. */
  readonly replicas: Record<string, Replica[]>;
  readonly log: LogLine[];
  readonly scaled: (ScaleRequest & Pick<WriteContext, 'operationId' | 'fencingToken'>)[];
  changed: () => void;
  /** Makes a replica as `scale` does. */
  add: (service: string, more?: Partial<Replica>) => Promise<Replica>;
  say: (replica: string, text: string) => void;
  port: number;
}

const usage: ReplicaUsage = {
  cpuOfLimit: known(0.9, 'test'),
  memoryOfLimit: known(0.5, 'test'),
  cpus: known(0.45, 'test'),
  memoryBytes: known(100, 'test'),
};

const host: HostObservation = {
  cpus: 2,
  memoryBytes: 8e9,
  reservedCpus: known(0, 'test'),
  reservedMemoryBytes: known(0, 'test'),
  availableMemoryBytes: known(4e9, 'test'),
};

/** What the kernel says of the connections of one replica: its address stands for a network of its own. */
const tcpOf = async (address: string, argv: readonly string[]) => {
  if (argv.join(' ') !== 'cat /proc/net/tcp /proc/net/tcp6') return { exitCode: 127, stdout: '', stderr: '' };
  const [head = '', ...lines] = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
  const local = address
    .split('.')
    .toReversed()
    .map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
    .join('');
  const stdout = [head, ...lines.filter((line) => line.includes(`: ${local}:`))].join('\n');
  return { exitCode: 0, stdout, stderr: '' };
};

export const startLocalPlatform = async (balancer?: Platform): Promise<LocalPlatform> => {
  const replicas: Record<string, Replica[]> = {};
  const servers = new Map<string, Server>();
  const log: LogLine[] = [];
  const scaled: LocalPlatform['scaled'] = [];
  let wake: () => void = () => {};
  let port = 0;
  let made = 0;

  const serve = async (address: string): Promise<void> => {
    let traffic = 0;
    let probes = 0;
    const server = createServer((request, response) => {
      if (request.url === '/actuator/prometheus') {
        response.end(
          ['SUCCESS', 'probe']
            .map((kind) =>
              kind === 'probe'
                ? `http_server_requests_seconds_count{outcome="SUCCESS",uri="/actuator/info"} ${probes}`
                : `http_server_requests_seconds_count{outcome="SUCCESS",uri="/api"} ${traffic}\nhttp_server_requests_seconds_bucket{uri="/api",le="0.1"} ${traffic}\nhttp_server_requests_seconds_bucket{uri="/api",le="+Inf"} ${traffic}`,
            )
            .join('\n'),
        );
        return;
      }
      const hold = /^\/hold\/(\d+)/.exec(request.url ?? '')?.[1];
      if (hold !== undefined) {
        setTimeout(() => response.end(address), Number(hold));
        return;
      }
      if (request.url === '/actuator/info') probes += 1;
      else traffic += 1;
      response.end(address);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, resolve);
    });
    port = (server.address() as AddressInfo).port;
    servers.set(address, server);
  };

  const end = async (address: string): Promise<void> => {
    const server = servers.get(address);
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  };

  const add = async (service: string, more: Partial<Replica> = {}): Promise<Replica> => {
    made += 1;
    const name = `127.0.1.${made}`;
    await serve(name);
    const list = (replicas[service] ??= []);
    const replica: Replica = {
      id: name,
      name,
      service,
      number: list.length + 1,
      state: 'running',
      health: 'healthy',
      createdAtMs: Date.now(),
      restartCount: 0,
      address: name,
      limits: { cpus: 0.5, memoryBytes: 200 },
      ...more,
    };
    list.push(replica);
    return replica;
  };

  const platform: Partial<LocalPlatform> = {
    kind: 'compose',
    replicas,
    log,
    scaled,
    add,
    get port() {
      return port;
    },
    changed: () => wake(),
    say: (replica, text) => {
      log.push({ replica, atMs: Date.now(), text });
      wake();
    },
    observe: async (services, signal) => {
      signal?.throwIfAborted();
      const nginx = balancer === undefined ? {} : await balancer.observe();
      const all = { ...structuredClone(replicas), ...nginx };
      if (services === undefined) return all;
      return Object.fromEntries(services.map((service) => [service, all[service] ?? []]));
    },
    host: async () => host,
    stats: async () =>
      Object.fromEntries(Object.values(replicas).flatMap((list) => list.map(({ name }) => [name, usage]))),
    scale: async (request, { operationId, fencingToken }) => {
      scaled.push({ ...request, operationId, fencingToken });
      const list = (replicas[request.service] ??= []);
      const created: string[] = [];
      const removed: string[] = [];
      while (list.length < request.replicas) created.push((await add(request.service, { operationId })).name);
      while (list.length > request.replicas) {
        const name = list.pop()?.name ?? '';
        await end(name);
        removed.push(name);
      }
      return { created, started: created, removed, replicas: list };
    },
    stopReplica: async (name) => {
      const replica = Object.values(replicas)
        .flat()
        .find((one) => one.name === name);
      if (replica !== undefined) replica.state = 'exited';
      await end(name);
      return { exitCode: 0 };
    },
    nextChange: async (_services, { timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, timeoutMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
    logs: async (replica, { tail, sinceMs = 0 }) =>
      log.filter((line) => line.replica === replica && line.atMs >= sinceMs).slice(-(tail ?? log.length)),
    obstacles: async () => [],
    close: async () => {
      await Promise.all([...servers.keys()].map(end));
    },
    ...(balancer === undefined
      ? {}
      : {
          exec: async (name, argv, options) =>
            servers.has(name) ? tcpOf(name, argv) : balancer.exec(name, argv, options),
          readFile: (...call) => balancer.readFile(...call),
          writeFile: (...call) => balancer.writeFile(...call),
        }),
  };
  return platform as LocalPlatform;
};
