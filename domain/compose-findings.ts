import type { ComposePort, ComposeService, ComposeView, ComposeVolume } from './compose-view.ts';

export interface ComposeFinding {
  service: string;
  kind:
    | 'container_name'
    | 'fixed_host_port'
    | 'exclusive_volume'
    | 'shared_volume'
    | 'no_healthcheck'
    | 'no_limits';
  /** `forbids`: more than one replica cannot work. `check`: it can, but somebody should look at this. */
  severity: 'forbids' | 'check';
  /** Where in the file. */
  path: string;
  message: string;
  /** What to change. */
  remedy: string;
}

/**
 * What in a compose file stands against more than one replica of a service, and what to change. Needs no platform.
 * Every finding of every service, in the order of the file.
 */
export const composeFindings = (view: ComposeView): ComposeFinding[] =>
  view.services.flatMap((service) => [
    ...containerName(service),
    ...hostPorts(service),
    ...volumes(service),
    ...missing(service),
  ]);

const containerName = ({ name, containerName: fixed }: ComposeService): ComposeFinding[] => {
  if (fixed === undefined) return [];
  const message = `${name} has the fixed name ${fixed}: a second container cannot have it too`;
  return [forbids(name, 'container_name', 'container_name', message, 'remove container_name')];
};

const hostPorts = ({ name, ports, networkMode }: ComposeService): ComposeFinding[] => {
  if (networkMode === 'host') {
    const message = `${name} uses the host's network: a second replica would want the same ports`;
    const remedy = 'remove network_mode: host and reach it over a network of the project';
    return [forbids(name, 'fixed_host_port', 'network_mode', message, remedy)];
  }
  return ports.flatMap((port, index) => {
    if (!isFixed(port)) return [];
    const { host, container } = port;
    const message = `${name} takes port ${host} of the host: a second replica cannot`;
    const remedy = `publish only ${container} (the engine chooses the port of the host), or none, and put a balancer in front`;
    return [forbids(name, 'fixed_host_port', `ports[${index}]`, message, remedy)];
  });
};

/** A range gives each replica a port of its own, 0 lets the engine choose. */
const isFixed = ({ host }: ComposePort): boolean =>
  host !== undefined && host !== '0' && !/^\d+-\d+$/.test(host);

const volumes = ({ name, image = '', volumes: list }: ComposeService): ComposeFinding[] =>
  list.flatMap((volume, index): ComposeFinding[] => {
    if (volume.readOnly || volume.kind === 'anonymous' || isSocket(volume)) return [];
    const what = `${volume.source ?? ''} at ${volume.target}`;
    if (singleWriter.test(image) || dataFolder.test(volume.target)) {
      const message = `${name} keeps its data on ${what}: only one may write it`;
      const remedy = `scale ${name} by its own means (replica set, brokers, cluster) with a volume for each member`;
      return [forbids(name, 'exclusive_volume', `volumes[${index}]`, message, remedy)];
    }
    const message = `all replicas of ${name} would write ${what}`;
    const remedy = 'make sure that several may write it, or mount it read-only (:ro)';
    return [finding(name, 'shared_volume', 'check', `volumes[${index}]`, message, remedy)];
  });

const isSocket = ({ target }: ComposeVolume): boolean => target.endsWith('.sock');

const missing = ({ name, hasHealthcheck, limits }: ComposeService): ComposeFinding[] => [
  ...(hasHealthcheck
    ? []
    : [
        finding(
          name,
          'no_healthcheck',
          'check',
          'healthcheck',
          `${name} has no health check here: a new replica counts as ready as soon as it runs`,
          'add a healthcheck, unless its image has one',
        ),
      ]),
  ...(limits.cpus !== undefined && limits.memory !== undefined
    ? []
    : [
        finding(
          name,
          'no_limits',
          'check',
          'deploy.resources.limits',
          `${name} has no limit of ${limits.cpus === undefined ? 'CPU' : 'memory'}: its use cannot be told as a share of it`,
          'set deploy.resources.limits.cpus and memory',
        ),
      ]),
];

/** Images whose data folder belongs to one process. */
const singleWriter =
  /(?:^|[/_-])(?:postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|valkey|kafka|cp-kafka|zookeeper|cp-zookeeper|etcd|elasticsearch|opensearch|rabbitmq|cassandra|clickhouse|influxdb|prometheus|minio|couchdb|neo4j)(?:[:@_-]|$)/;
const dataFolder =
  /^\/(?:var\/lib\/(?:postgresql|mysql|mongodb|kafka|zookeeper|redis|rabbitmq|cassandra|etcd|clickhouse|influxdb|elasticsearch)|data\/db|bitnami)(?:\/|$)/;

const finding = (
  service: string,
  kind: ComposeFinding['kind'],
  severity: ComposeFinding['severity'],
  at: string,
  message: string,
  remedy: string,
): ComposeFinding => ({ service, kind, severity, path: `services.${service}.${at}`, message, remedy });
const forbids = (
  service: string,
  kind: ComposeFinding['kind'],
  at: string,
  message: string,
  remedy: string,
): ComposeFinding => finding(service, kind, 'forbids', at, message, remedy);
