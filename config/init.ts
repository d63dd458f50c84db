import { stringify } from 'yaml';
import type { ComposeFinding } from '../domain/compose-findings.ts';
import { parseComposeFile } from './compose-file.ts';
import { guessAll, type Guess } from './draft-guesses.ts';

/**
 * A first catalog for a platform, from its compose file: what can be read is filled in, what is guessed is marked with
 * "check:". The draft loads as it stands. Throws `InvalidInput` for a file that is not a compose file.
 * @param options.project name of the Compose project, which is also the environment
 * @param options.file the compose file as the catalog shall name it, relative to the catalog's folder
 */
export const draftCatalog = (text: string, options: { project: string; file: string }): string => {
  const guesses = guessAll(parseComposeFile(text, options.file));
  const services = guesses
    .filter(({ kind, service }) => kind === 'service' && loadable.test(service.name))
    .toSorted((a, b) => a.priority - b.priority);
  const blocks = [
    head(options, guesses),
    kafka(guesses, services),
    balancer(guesses, services),
    emergency(services),
    [
      '# check: tier and priority say what is scaled first; capacity is what one replica carries at 70 % CPU.',
    ],
    ['services:', ...services.flatMap((guess) => serviceLines(guess))],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
    .replace(/CPU\.\n\nservices:/, 'CPU.\nservices:')}\n`;
};

const loadable = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

const head = ({ project, file }: { project: string; file: string }, guesses: readonly Guess[]): string[] => {
  const name =
    project
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, '')
      .replace(/^[_-]+/, '') || 'platform';
  const aside = guesses.filter(({ kind }) => kind === 'infrastructure').map(({ service }) => service.name);
  return [
    `# Drafted by \`crescendo init\` from ${oneLine(file)}. Lines that say "check:" are guesses: look at them, then run \`crescendo doctor\`.`,
    `environment: ${scalar(name)}`,
    'platform:',
    '  kind: compose',
    `  project: ${scalar(name)}`,
    `  composeFile: ${scalar(file)}`,
    ...(aside.length === 0
      ? []
      : [`# Left out, since replicas do not scale them: ${aside.map(oneLine).join(', ')}.`]),
    '',
    '# check: requests a minute on a normal day; an incident is more than twice this.',
    '# normalRequestRate: 1000/min',
  ];
};

const kafka = (guesses: readonly Guess[], services: readonly Guess[]): string[] => {
  const broker = guesses.find(({ kind }) => kind === 'kafka');
  if (broker === undefined && services.every(({ consumer }) => consumer === undefined)) return [];
  const fixed = broker?.service.ports.map(({ host }) => numberIn(host)).find((port) => port !== undefined);
  const why =
    fixed === undefined ? 'no port of Kafka is published' : 'the listener that is meant for the host';
  return [
    `# check: how a worker reaches Kafka (${why}).`,
    'kafka:',
    `  brokers: [localhost:${fixed ?? 9092}]`,
  ];
};

const balancer = (guesses: readonly Guess[], services: readonly Guess[]): string[] => {
  const found = guesses.find(({ kind }) => kind === 'balancer');
  const behind = services.find(({ role }) => role === 'gateway');
  if (found === undefined || behind === undefined || !loadable.test(found.service.name)) return [];
  const [port] = found.service.ports;
  const hostPort = numberIn(port?.host);
  const listen = numberIn(port?.container) ?? 80;
  const upstream = behind.service.name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  return [
    '# check: the upstream as it stands in the configuration of nginx, and a path that every replica answers.',
    'loadBalancer:',
    '  kind: nginx',
    `  service: ${scalar(found.service.name)}`,
    `  upstreamService: ${scalar(behind.service.name)}`,
    `  upstreamName: ${upstream}`,
    `  upstreamPort: ${behind.port}`,
    '  configFile: /etc/nginx/conf.d/default.conf',
    '  serverName: _',
    `  listenPort: ${listen}`,
    `  url: http://localhost${hostPort === undefined || hostPort === 80 ? '' : `:${hostPort}`}`,
    '  probePath: /',
  ];
};

/** Scenario 1: gateway and core to 3, the busiest connector to 2; a service that cannot have a second replica is left out. */
const emergency = (services: readonly Guess[]): string[] => {
  const free = services.filter(({ forbids }) => forbids.length === 0);
  const to3 = free.filter(({ role }) => role === 'gateway' || role === 'core');
  const steps = to3.map(({ service }) => `    - { service: ${scalar(service.name)}, replicas: 3 }`);
  for (const role of ['connector', 'worker'])
    if (free.some((guess) => guess.role === role))
      steps.push(`    - { busiestOfRole: ${role}, replicas: 2 }`);
  const title = '# check: what an emergency scales, in this order (the bottleneck goes first).';
  if (steps.length === 0) return [title, 'emergency:', '  steps: []'];
  return [title, 'emergency:', '  steps:', ...steps];
};

const serviceLines = (guess: Guess): string[] => {
  const { service, tier, priority, role, forbids, consumer, baseline } = guess;
  const max = forbids.length > 0 ? 1 : tier === 'high' ? 10 : 4;
  const actuator = /\/actuator\b/.test(service.healthcheck);
  return [
    `  ${scalar(service.name)}:`,
    ...forbids.flatMap(warning),
    `    tier: ${tier}`,
    `    priority: ${priority}`,
    `    role: ${scalar(role)}`,
    `    replicas: { min: ${Math.min(1, max)}, max: ${max} }`,
    '    # check: capacity: { rate: 500/min, of: requests }',
    ...baselineLines(baseline),
    ...consumerLines(service.name, service.dependsOn, consumer),
    ...(actuator
      ? [`    metrics: { kind: actuator, port: ${guess.port}, basePath: /actuator }`]
      : [`    # check: metrics: { kind: actuator, port: ${guess.port}, basePath: /actuator }`]),
    `    # check: startedPattern: Started`,
    ...(role === 'connector' ? ['    # check: processingPattern: Processing message'] : []),
    '    stopGrace: 20s',
  ];
};

const warning = ({ message, remedy }: ComposeFinding): string[] => [
  `    # check: ${oneLine(message)}.`,
  `    #   To scale it: ${oneLine(remedy)}, then raise replicas.max.`,
];

const baselineLines = ({ cpus, memory }: Guess['baseline']): string[] => {
  const parts = [
    ...(cpus === undefined ? [] : [`cpus: ${scalar(cpus)}`]),
    ...(memory === undefined ? [] : [`memory: ${scalar(memory)}`]),
  ];
  return parts.length === 0
    ? ['    # check: baseline: { cpus: 0.5, memory: 512M }']
    : [`    baseline: { ${parts.join(', ')} }`];
};

const consumerLines = (name: string, dependsOn: readonly string[], consumer: Guess['consumer']): string[] => {
  if (consumer !== undefined)
    return [`    consumer: { group: ${scalar(consumer.group)}, topic: ${scalar(consumer.topic)} }`];
  if (!dependsOn.some((other) => /kafka|redpanda/i.test(other))) return [];
  return [`    # check: consumer: { group: ${oneLine(name)}-group, topic: its-topic }`];
};

/** The port in `8080`, or the default in `${PORT:-8080}`. */
const numberIn = (value: string | undefined): number | undefined => {
  const [, plain, fallback] = /^(\d+)$|^\$\{[^}]*:?-(\d+)\}$/.exec(value ?? '') ?? [];
  const port = Number(plain ?? fallback);
  return port > 0 && port < 65_536 ? port : undefined;
};

/** Quoted where YAML would take it for something else. */
const scalar = (value: string): string =>
  stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN' }).trim();
/** For comments: a line end in a name must not become a line of the catalog. */
const oneLine = (value: string): string => value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
