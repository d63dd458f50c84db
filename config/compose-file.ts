import type { ComposePort, ComposeService, ComposeView, ComposeVolume } from '../domain/compose-view.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { readYaml, type Problem } from './yaml.ts';

/**
 * Reads a compose file as far as scaling needs it: short and long forms, merge keys; variables stay as they are written
 * (`${PORT:-8080}`). Throws `InvalidInput` with `details.errors` ([{ path, message }]).
 */
export const parseComposeFile = (text: string, file: string): ComposeView => {
  const { data, problems } = readYaml(text, { unknownTags: 'ignore' });
  const services = fields(fields(data)['services']);
  if (problems.length === 0 && Object.keys(services).length === 0)
    problems.push({ path: 'services', message: 'a compose file names at least one service' });
  for (const [name, service] of Object.entries(services))
    if (typeof service !== 'object' || service === null || Array.isArray(service))
      problems.push({ path: `services.${name}`, message: 'is not a mapping' });
  if (problems.length > 0) throw invalidFile(file, problems);

  const { name } = fields(data);
  return {
    ...(typeof name === 'string' ? { project: name } : {}),
    services: Object.entries(services).map(([name, service]) => serviceOf(name, fields(service))),
  };
};

const serviceOf = (name: string, service: Fields): ComposeService => {
  const deploy = fields(service['deploy']);
  const limits = fields(fields(deploy['resources'])['limits']);
  const healthcheck = fields(service['healthcheck']);
  const test = list(healthcheck['test'] ?? []).map(text);
  return {
    name,
    ...optional('image', service['image']),
    ...optional('containerName', service['container_name']),
    ...optional('networkMode', service['network_mode']),
    ports: list(service['ports'] ?? []).map(portOf),
    volumes: list(service['volumes'] ?? []).map(volumeOf),
    ...replicasOf(deploy['replicas'] ?? service['scale']),
    limits: {
      ...optional('cpus', limits['cpus'] ?? service['cpus']),
      ...optional('memory', limits['memory'] ?? service['mem_limit']),
    },
    hasHealthcheck: test.length > 0 && test[0] !== 'NONE' && healthcheck['disable'] !== true,
    healthcheck: test.join(' '),
    dependsOn: names(service['depends_on']),
    environment: environmentOf(service['environment']),
    unread: 'extends' in service ? ['extends'] : [],
  };
};

/** `8080:80/tcp`, `127.0.0.1:8080:80`, `80`, `${PORT:-8080}:80`, or { published, target }. */
const portOf = (port: unknown): ComposePort => {
  if (typeof port === 'object' && port !== null) {
    const { published, target } = fields(port);
    return { ...optional('host', published), container: text(target) };
  }
  const parts = splitOutsideVariables(text(port).replace(/\/(?:tcp|udp)$/, ''));
  const container = parts.at(-1) ?? '';
  const host = parts.length > 1 ? parts.at(-2) : undefined;
  return { ...optional('host', host), container };
};

/** `data:/path:ro`, `./here:/there`, `/anonymous`, or { type, source, target, read_only }. */
const volumeOf = (volume: unknown): ComposeVolume => {
  if (typeof volume === 'object' && volume !== null) {
    const { type, source, target, read_only: readOnly } = fields(volume);
    const kind = type === 'bind' ? 'bind' : source === undefined ? 'anonymous' : 'named';
    return { kind, ...optional('source', source), target: text(target), readOnly: readOnly === true };
  }
  const parts = splitOutsideVariables(text(volume));
  const [source, target, mode = ''] = parts;
  if (target === undefined) return { kind: 'anonymous', target: source ?? '', readOnly: false };
  const kind = /^[./~$]/.test(source ?? '') ? 'bind' : 'named';
  return { kind, ...optional('source', source), target, readOnly: mode.split(',').includes('ro') };
};

/** Splits at colons, but not at those inside of `${NAME:-default}`. */
const splitOutsideVariables = (value: string): string[] =>
  value.split(/:(?![^{]*\})(?![^[]*\])/).map((part) => part.trim());

const replicasOf = (value: unknown): { replicas?: number } => {
  const replicas = Number(value);
  return value !== undefined && value !== null && Number.isInteger(replicas) ? { replicas } : {};
};

const environmentOf = (value: unknown): Record<string, string> => {
  const pairs = Array.isArray(value)
    ? value.map((entry) => /^([^=]+)=(.*)$/s.exec(text(entry))?.slice(1, 3) ?? [])
    : Object.entries(fields(value)).map(([key, entry]) => [key, text(entry)]);
  return Object.fromEntries(pairs.filter(([key]) => key !== undefined)) as Record<string, string>;
};

const names = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(text) : Object.keys(fields(value));

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? `${value}`
      : '';

/** The field with its text, or no field. */
const optional = <K extends string>(key: K, value: unknown): { [P in K]?: string } =>
  text(value) === '' ? {} : ({ [key]: text(value) } as { [P in K]?: string });

const invalidFile = (file: string, errors: readonly Problem[]): CrescendoError => {
  const lines = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new CrescendoError('InvalidInput', `${file}: ${lines.join('; ')}`, { file, errors });
};
