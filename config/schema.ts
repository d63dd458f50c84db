import { z } from 'zod';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { Catalog, ServiceSpec } from '../domain/catalog.ts';
import { secretReference } from './secret.ts';
import { parseBytes, parseCpus, parseDurationMs, parsePerMinute } from './units.ts';

/**
 * A catalog as a person writes it. Parsing gives domain/catalog.ts's Catalog in SI units. Unknown keys are refused, since a
 * key that is misspelt and ignored is a limit that is not there.
 */

/** A leaf in human form; what its parser throws becomes an issue at the leaf's path. */
const human = <T>(parse: (input: unknown) => T) =>
  z.unknown().transform((input, context): T => {
    try {
      return parse(input);
    } catch (error) {
      if (!(error instanceof CrescendoError)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input });
      return z.NEVER;
    }
  });

/** An object that says which keys it knows when it meets another. */
const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown: known here are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

const named = (pattern: RegExp, message: string) => z.string().regex(pattern, message);
const word = named(
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/,
  'letters, digits, ".", "_" and "-" only, starting with a letter or digit, at most 63',
);
const topicName = named(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, ".", "_" and "-" only');
const upstreamName = named(/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/, 'letters, digits and "_" only');
const hostName = named(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,252}$/, 'a host name or "_"');
const absolutePath = named(
  /^\/[a-zA-Z0-9._/-]*$/,
  'an absolute path of letters, digits, ".", "_", "-" and "/"',
);
const broker = named(/^[a-zA-Z0-9._-]+:\d{1,5}$/, 'host:port');
const secret = named(secretReference, 'a secret stands outside of the catalog: write env:NAME or file:PATH');
const port = z.int().min(1).max(65_535);
const count = z.int().min(1).max(100);
const text = z.string().min(1).max(500);

const frontDoorUrl = z.url({ protocol: /^https?$/, error: 'a http or https URL' }).refine(
  (url) => {
    const { username, password } = new URL(url);
    return username === '' && password === '';
  },
  { error: 'no user or password in the URL', abort: true },
);

const platform = z.discriminatedUnion('kind', [
  object({
    kind: z.literal('compose'),
    project: named(/^[a-z0-9][a-z0-9_-]*$/, 'the Compose project: small letters, digits, "_" and "-"'),
    composeFile: text.optional(),
    socketPath: text.optional(),
  }),
  object({ kind: z.literal('simulated'), seed: z.int().min(0).default(1) }),
]);

const resources = object({
  cpus: human(parseCpus).optional(),
  memory: human(parseBytes).optional(),
}).transform(({ cpus, memory }) => ({ ...given({ cpus }), ...given({ memoryBytes: memory }) }));

const service = object({
  tier: z.enum(['high', 'medium', 'infrastructure']),
  priority: z.int().min(1).max(1000),
  role: word.optional(),
  replicas: object({ min: z.int().min(0).max(100).default(1), max: count }),
  capacity: object({ rate: human(parsePerMinute), of: z.enum(['requests', 'messages']) })
    .transform(({ rate, of }) => ({ perMinute: rate, of }))
    .optional(),
  baseline: resources.optional(),
  consumer: object({ group: topicName, topic: topicName }).optional(),
  otherTopics: z.array(topicName).min(1).max(100).optional(),
  startedPattern: text.optional(),
  processingPattern: text.optional(),
  metrics: object({
    kind: z.literal('actuator').default('actuator'),
    port,
    basePath: absolutePath.default('/actuator'),
  }).optional(),
  stopGrace: human(parseDurationMs).default(10_000),
});

const loadBalancer = object({
  kind: z.literal('nginx').default('nginx'),
  service: word,
  upstreamService: word,
  upstreamName,
  upstreamPort: port,
  configFile: absolutePath,
  serverName: hostName.default('_'),
  listenPort: port.default(80),
  url: frontDoorUrl,
  probePath: absolutePath,
});

const emergencyStep = z.union(
  [object({ service: word, replicas: count }), object({ busiestOfRole: word, replicas: count })],
  { error: 'write { service: NAME, replicas: 1 to 100 } or { busiestOfRole: ROLE, replicas: 1 to 100 }' },
);

export const catalogSchema = object({
  environment: word,
  platform,
  normalRequestRate: human(parsePerMinute).optional(),
  kafka: object({ brokers: z.array(broker).min(1), service: word.optional() })
    .transform(dropUndefined)
    .optional(),
  databases: z
    .record(
      word,
      object({
        kind: z.enum(['mongodb', 'postgres', 'redis']),
        service: word,
        url: secret,
        dependants: z.array(word).optional(),
        backup: z.array(text).min(1).optional(),
        stopGrace: human(parseDurationMs).default(30_000),
      }).transform(({ stopGrace, ...rest }) => dropUndefined({ ...rest, stopGraceMs: stopGrace })),
    )
    .optional(),
  loadBalancer: loadBalancer.optional(),
  emergency: object({ steps: z.array(emergencyStep).default([]) }).prefault({}),
  endToEnd: object({
    path: absolutePath,
    token: secret,
    body: z.record(text, text).default({}),
    idField: text.default('id'),
    statusPath: named(/^\/[\w./-]*\{id\}[\w./-]*$/, 'an absolute path with {id} in the place of the id'),
    statusField: text.default('status'),
    delivered: text.default('delivered'),
  }).optional(),
  services: z.record(word, service),
}).transform((input): Catalog => {
  const { normalRequestRate, kafka, databases, loadBalancer, services, emergency, environment, endToEnd } =
    input;
  return {
    environment,
    platform: dropUndefined(input.platform),
    ...given({ normalRequestRatePerMinute: normalRequestRate, kafka, databases, loadBalancer, endToEnd }),
    emergency,
    services: Object.fromEntries(
      Object.entries(services).map(([name, spec]) => [name, serviceOf(name, spec)]),
    ),
  };
});
/** What a catalog file may hold. */
export type CatalogInput = z.input<typeof catalogSchema>;

const serviceOf = (name: string, spec: z.output<typeof service>): ServiceSpec => {
  const { stopGrace, role = name, ...rest } = spec;
  return { name, role, stopGraceMs: stopGrace, ...dropUndefined(rest) };
};

/** With exactOptionalPropertyTypes a field is there or not; it is never there and undefined. */
type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
type Dropped<T> = T extends object
  ? { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
      [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
    }
  : T;
function dropUndefined<T extends object>(fields: T): Dropped<T> {
  return given(fields) as Dropped<T>;
}
