import type { AddedService } from './added-service.ts';
import { logFolders } from './broker-disk.ts';

/** What of a broker's environment decides how another one joins it. No name of a secret is among them. */
const telling = [
  'KAFKA_NODE_ID',
  'KAFKA_BROKER_ID',
  'KAFKA_PROCESS_ROLES',
  'KAFKA_CONTROLLER_QUORUM_VOTERS',
  'KAFKA_CONTROLLER_LISTENER_NAMES',
  'KAFKA_LISTENERS',
  'KAFKA_ADVERTISED_LISTENERS',
  'KAFKA_LOG_DIRS',
  'KAFKA_ZOOKEEPER_CONNECT',
] as const;

/** Out of what `env` prints in the container of a broker. */
export const brokerSettings = (env: string): Record<string, string> =>
  Object.fromEntries(
    env.split('\n').flatMap((line) => {
      const [name = '', ...rest] = line.split('=');
      return telling.some((known) => known === name) ? [[name, rest.join('=')]] : [];
    }),
  );

export interface BrokerServicesInput {
  /** Compose service of the broker that stands. */
  service: string;
  /** Its settings: see brokerSettings. */
  settings: Readonly<Record<string, string>>;
  /** Name of its container, where it has one of its own that others take after. */
  containerName?: string;
  /** Ids of the brokers to be. */
  ids: readonly number[];
  /** Folder of its data; that of KAFKA_LOG_DIRS when left out. */
  dataFolder?: string;
}

/**
 * Services for more brokers beside the one that stands, for clusters with KRaft and with ZooKeeper: nothing but brokers, with ids,
 * listeners and volumes of their own. A listener that is meant for the host gets the next ports of the host; one for the network keeps its
 * port, since every container has its own. Throws a sentence where the settings do not tell enough.
 */
export const brokerServices = (input: BrokerServicesInput): Record<string, AddedService> =>
  Object.fromEntries(input.ids.map((id) => [`${input.service}-${id}`, brokerService(input, id)]));

const brokerService = (input: BrokerServicesInput, id: number): AddedService => {
  const { service, settings, containerName } = input;
  const name = `${service}-${id}`;
  const own = Number(settings['KAFKA_NODE_ID'] ?? settings['KAFKA_BROKER_ID'] ?? 1);
  const advertised = listenersOf(settings['KAFKA_ADVERTISED_LISTENERS'] ?? '');
  const forHost = new Set(advertised.filter(({ host }) => isHost(host)).map((listener) => listener.name));
  const shift = (listener: Listener): Listener =>
    forHost.has(listener.name) ? { ...listener, port: listener.port + id - own } : listener;
  const controllers = (settings['KAFKA_CONTROLLER_LISTENER_NAMES'] ?? '').split(',');
  const listening = listenersOf(settings['KAFKA_LISTENERS'] ?? '').filter(
    (listener) => !controllers.includes(listener.name),
  );
  const isKraft = settings['KAFKA_PROCESS_ROLES'] !== undefined;
  const ports = advertised
    .filter(({ name: listener }) => forHost.has(listener))
    .map(shift)
    .map(({ port }) => `127.0.0.1:${port}:${port}`);
  return {
    like: service,
    ...(containerName === undefined ? {} : { containerName: `${containerName}-${id}` }),
    environment: {
      ...(isKraft
        ? {
            KAFKA_NODE_ID: String(id),
            KAFKA_PROCESS_ROLES: 'broker',
            KAFKA_CONTROLLER_QUORUM_VOTERS: votersFrom(settings, service),
          }
        : { KAFKA_BROKER_ID: String(id) }),
      ...(listening.length === 0 ? {} : { KAFKA_LISTENERS: textOf(listening.map(shift)) }),
      KAFKA_ADVERTISED_LISTENERS: textOf(
        advertised
          .map(shift)
          .map((listener) => (isHost(listener.host) ? listener : { ...listener, host: name })),
      ),
    },
    volumes: volumesOf(name, input.dataFolder === undefined ? logFolders(settings) : [input.dataFolder]),
    ...(ports.length === 0 ? {} : { ports }),
  };
};

/** One for each folder that the broker keeps its partitions in. */
const volumesOf = (name: string, folders: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    folders.map((folder, index) => [index === 0 ? `${name}-data` : `${name}-data-${index + 1}`, folder]),
  );

interface Listener {
  name: string;
  host: string;
  port: number;
}

const listenersOf = (text: string): Listener[] =>
  text.split(',').flatMap((part) => {
    const found = /^\s*([^:]+):\/\/(.*):(\d+)\s*$/.exec(part);
    return found === null ? [] : [{ name: found[1] ?? '', host: found[2] ?? '', port: Number(found[3]) }];
  });

const textOf = (listeners: readonly Listener[]): string =>
  listeners.map(({ name, host, port }) => `${name}://${host}:${port}`).join(',');

const isHost = (host: string): boolean => host === 'localhost' || host.startsWith('127.');

/** A controller that calls itself localhost is reached by the name of its service from another container. */
const votersFrom = (settings: Readonly<Record<string, string>>, service: string): string =>
  (settings['KAFKA_CONTROLLER_QUORUM_VOTERS'] ?? '').replaceAll(
    /@(localhost|127\.[\d.]+|0\.0\.0\.0)?:/g,
    `@${service}:`,
  );
