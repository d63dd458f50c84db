import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ensureBaseImages, ensureKafkaJars, ensureKafkaTools, SetupError } from '../scripts/setup/index.ts';
import { run } from '../scripts/setup/run.ts';
import { pull } from './pull.ts';

export type Progress = (text: string) => void;

const here = fileURLToPath(new URL('.', import.meta.url));
const contentLabel = 'crescendo.demo.content';

/** The services of demo/services by image name, with the file each is built from. */
const services: Readonly<Record<string, string>> = {
  'api-gateway': 'api-gateway.ts',
  'message-service': 'message-service.ts',
  'router-service': 'router-service.ts',
  'whatsapp-connector': 'connector.ts',
  'telegram-connector': 'connector.ts',
  'instagram-connector': 'connector.ts',
  'file-service': 'file-service.ts',
  'user-service': 'user-service.ts',
};

/** Variables of docker-compose.yml with the official image, and where no registry answers, what is built in its place. */
const infrastructure = [
  {
    variable: 'NGINX_IMAGE',
    official: 'nginx:1.27-alpine',
    local: 'chat4all/nginx-debian:demo',
    make: fromFolder('nginx'),
  },
  {
    variable: 'REDIS_IMAGE',
    official: 'redis:7-alpine',
    local: 'chat4all/redis-debian:demo',
    make: fromFolder('redis'),
  },
  {
    variable: 'POSTGRES_IMAGE',
    official: 'postgres:16',
    local: 'chat4all/postgres-debian:demo',
    make: fromFolder('postgres'),
  },
  {
    variable: 'KAFKA_IMAGE',
    official: 'apache/kafka:3.9.1',
    local: 'chat4all/kafka-debian:demo',
    make: kafkaContext,
  },
  {
    variable: 'MONGO_IMAGE',
    official: 'mongo:7.0',
    local: 'chat4all/mongodb-standin:demo',
    make: standinContext,
  },
];

/** A folder that `docker build` is given. */
interface Context {
  folder: string;
  base: 'base' | 'node';
  /** Files and folders from elsewhere, by their name in the context. */
  extra: Record<string, string | Uint8Array>;
}

/**
 * Every image of docker-compose.yml, made or pulled; what is there already and still the same is kept. Gives the variables that
 * the compose file takes the infrastructure's images from. Throws SetupError with what to do.
 */
export async function buildImages(progress: Progress = () => {}): Promise<Record<string, string>> {
  const bases = await ensureBaseImages();
  progress('bundling the services');
  const bundles = await bundleServices();
  for (const [name, entry] of Object.entries(services)) {
    const bundle = bundles.get(entry);
    if (bundle === undefined) throw new Error(`${entry} was not bundled`);
    const context: Context = {
      folder: join(here, 'services'),
      base: 'node',
      extra: { 'service.cjs': bundle },
    };
    await ensureImage(`chat4all/${name}:demo`, context, bases, progress);
  }
  const variables: Record<string, string> = {};
  for (const { variable, official, local, make } of infrastructure) {
    if (await pull(official, progress)) variables[variable] = official;
    else {
      await ensureImage(local, await make(), bases, progress);
      variables[variable] = local;
    }
  }
  return variables;
}

/** CommonJS, minified: a replica on a seventh of a core starts a second sooner. */
const bundleOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: true,
  write: false,
  logLevel: 'error',
  // Optional parts of the database drivers, which look for them and do without.
  external: [
    'pg-native',
    'kerberos',
    '@mongodb-js/zstd',
    'snappy',
    'socks',
    'aws4',
    'gcp-metadata',
    'mongodb-client-encryption',
    '@aws-sdk/credential-providers',
  ],
} as const;

async function bundleServices(): Promise<Map<string, Uint8Array>> {
  const entries = [...new Set(Object.values(services))];
  const made = entries.map(async (entry) => [entry, await bundle(join(here, 'services', entry))] as const);
  return new Map(await Promise.all(made));
}

async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...bundleOptions,
    external: [...bundleOptions.external],
    entryPoints: [entry],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return file.contents;
}

function fromFolder(name: string): () => Promise<Context> {
  return () => Promise.resolve({ folder: join(here, 'images', name), base: 'base', extra: {} });
}

async function kafkaContext(): Promise<Context> {
  const { jars } = await ensureKafkaJars();
  const { tools } = await ensureKafkaTools();
  return { folder: join(here, 'images', 'kafka'), base: 'base', extra: { libs: jars, tools } };
}

async function standinContext(): Promise<Context> {
  const standin = await bundle(join(here, 'mongodb-standin', 'main.ts'));
  return { folder: join(here, 'mongodb-standin'), base: 'node', extra: { 'standin.cjs': standin } };
}

/** Builds the image unless one with the same content is there. */
async function ensureImage(
  tag: string,
  context: Context,
  bases: { base: string; node: string },
  progress: Progress,
): Promise<void> {
  const base = bases[context.base];
  const content = await contentOf(context, base);
  const format = `{{index .Config.Labels "${contentLabel}"}}`;
  const present = await run('docker', ['image', 'inspect', '--format', format, tag]);
  if (present.ok && present.stdout === content) return;
  progress(`building ${tag}`);
  const folder = await mkdtemp(join(tmpdir(), 'chat4all-image-'));
  try {
    await cp(context.folder, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') });
    for (const [name, source] of Object.entries(context.extra)) {
      if (typeof source === 'string') await cp(source, join(folder, name), { recursive: true });
      else await writeFile(join(folder, name), source);
    }
    const labels = ['--label', `${contentLabel}=${content}`];
    const built = await run(
      'docker',
      ['build', '-q', '--build-arg', `BASE=${base}`, ...labels, '-t', tag, folder],
      {
        // The classic builder is in every engine; buildx may be absent.
        env: (await run('docker', ['buildx', 'version'])).ok ? {} : { DOCKER_BUILDKIT: '0' },
        timeoutMs: 900_000,
      },
    );
    if (!built.ok) throw new SetupError(`docker build of ${tag} failed:\n${built.said}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A hash over all that goes into the image. Folders from elsewhere are downloads of fixed versions: their file names do. */
async function contentOf({ folder, extra }: Context, base: string): Promise<string> {
  const hash = createHash('sha256').update(
    (await run('docker', ['image', 'inspect', '--format', '{{.Id}}', base])).stdout,
  );
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (file) => file.isFile() && !file.name.endsWith('.ts'),
  ))
    hash.update(entry.name).update(await readFile(join(entry.parentPath, entry.name)));
  for (const [name, source] of Object.entries(extra)) {
    hash.update(name);
    if (typeof source === 'string') hash.update((await readdir(source)).toSorted().join());
    else hash.update(source);
  }
  return hash.digest('hex').slice(0, 32);
}
