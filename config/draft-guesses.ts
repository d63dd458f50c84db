import { composeFindings, type ComposeFinding } from '../domain/compose-findings.ts';
import type { ComposeService, ComposeView } from '../domain/compose-view.ts';
import { parseBytes, parseCpus } from './units.ts';

/** What a name, an image and a definition suggest about a service. A person checks it: see the comments of the draft. */
export interface Guess {
  service: ComposeService;
  kind: 'service' | 'balancer' | 'kafka' | 'infrastructure';
  role: string;
  tier: 'high' | 'medium';
  /** The runbook's order: gateway, core, connectors and workers, router, the rest. */
  priority: number;
  /** What forbids a second replica. */
  forbids: ComposeFinding[];
  port: number;
  consumer?: { group: string; topic: string };
  baseline: { cpus?: string; memory?: string };
}

export const guessAll = (view: ComposeView): Guess[] => {
  const findings = composeFindings(view).filter(({ severity }) => severity === 'forbids');
  const guesses = view.services.map((service) => guess(service, findings));
  return withOneGateway(view, guesses);
};

const guess = (service: ComposeService, findings: readonly ComposeFinding[]): Guess => {
  const consumer = consumerOf(service);
  const { role, tier, priority } = roleOf(service.name);
  return {
    service,
    kind: kindOf(service),
    role,
    tier,
    priority,
    forbids: findings.filter((finding) => finding.service === service.name),
    port: portOf(service),
    ...(consumer === undefined ? {} : { consumer }),
    baseline: baselineOf(service),
  };
};

/** Products that are not scaled by replicas, as a whole name or with the usual prefixes and suffixes. */
const infrastructure =
  /^(?:cp-|[a-z0-9]+-)?(?:postgres(?:ql)?|postgis|mysql|mariadb|mongo(?:db)?|redis|valkey|memcached|zookeeper|etcd|elasticsearch|opensearch|rabbitmq|cassandra|clickhouse|influxdb|prometheus|grafana|alertmanager|loki|jaeger|minio|keycloak|schema-registry|mailhog|consul|vault)(?:-?(?:db|server|stack|primary|secondary|replica|master|slave|node|exporter|\d+))*$/i;

const kindOf = ({ name, image = '' }: ComposeService): Guess['kind'] => {
  const product = image.split('/').at(-1)?.split(':')[0] ?? '';
  if (/^nginx/i.test(product) || /^(?:nginx|load-?balancer|lb)$/i.test(name)) return 'balancer';
  if (/^(?:cp-)?kafka$|^redpanda$/i.test(product) || /^kafka(?:-?\d+)?$/i.test(name)) return 'kafka';
  return infrastructure.test(product) || infrastructure.test(name) ? 'infrastructure' : 'service';
};

const roles: readonly [pattern: RegExp, role: string, tier: Guess['tier'], priority: number][] = [
  [/gateway|front|edge|bff/i, 'gateway', 'high', 1],
  [/connector|adapter|bridge/i, 'connector', 'high', 3],
  [/message|order|core/i, 'core', 'high', 2],
  [/worker|consumer|processor/i, 'worker', 'high', 3],
  [/router|dispatch/i, 'router', 'high', 4],
  [/file|upload|media/i, 'files', 'medium', 5],
  [/user|auth|account|profile/i, 'users', 'medium', 6],
];

const roleOf = (name: string) => {
  const found = roles.find(([pattern]) => pattern.test(name));
  if (found === undefined) return { role: name, tier: 'medium', priority: 7 } as const;
  const [, role, tier, priority] = found;
  return { role, tier, priority };
};

/** Where no name says gateway, the service that the balancer depends on stands at the front, else one named api or web. */
const withOneGateway = (view: ComposeView, guesses: readonly Guess[]): Guess[] => {
  if (guesses.some(({ kind, role }) => kind === 'service' && role === 'gateway')) return [...guesses];
  const behind = guesses.find(({ kind }) => kind === 'balancer')?.service.dependsOn ?? [];
  const candidates = view.services.filter(({ name }) =>
    /^(?:api|web|app|server)(?:-|$)|-(?:api|web)$/i.test(name),
  );
  const front = [...behind, ...candidates.map(({ name }) => name)].find((name) =>
    guesses.some(({ kind, service }) => kind === 'service' && service.name === name),
  );
  return guesses.map((guess) =>
    guess.service.name === front ? { ...guess, role: 'gateway', tier: 'high', priority: 1 } : guess,
  );
};

/** The port inside of the container, from `ports` or the health check; 8080 where nothing says one. */
const portOf = ({ ports, healthcheck, environment }: ComposeService): number => {
  const [, inCheck] = /:(\d{2,5})\b/.exec(healthcheck) ?? [];
  const candidates = [ports[0]?.container, inCheck, environment['SERVER_PORT'], environment['PORT']];
  return candidates.map(Number).find((port) => Number.isInteger(port) && port > 0 && port < 65_536) ?? 8080;
};

const consumerOf = ({ environment }: ComposeService): Guess['consumer'] => {
  const find = (pattern: RegExp) =>
    Object.entries(environment).find(
      ([key, value]) => pattern.test(key) && /^[a-zA-Z0-9._-]+$/.test(value),
    )?.[1];
  const group = find(/GROUP(?:_?ID)?$/i);
  const topic = find(/(?:^|_)(?:INPUT_|CONSUMER?_|IN_)?TOPIC$/i);
  return group === undefined || topic === undefined ? undefined : { group, topic };
};

const baselineOf = ({ limits: { cpus, memory } }: ComposeService): Guess['baseline'] => ({
  ...(cpus !== undefined && parses(parseCpus, cpus) ? { cpus } : {}),
  ...(memory !== undefined && parses(parseBytes, memory) ? { memory } : {}),
});

const parses = (parse: (input: unknown) => unknown, value: string): boolean => {
  try {
    parse(value);
    return true;
  } catch {
    // A variable such as ${CPUS}: left out of the draft, which says so by not having it.
    return false;
  }
};
