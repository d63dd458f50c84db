import { join } from 'node:path';
import { execa } from 'execa';
import { ensureCompose, ensureDocker } from '../../scripts/setup/index.ts';
import { root } from './imports.ts';

/** The parts of a resolved compose file that the tests look at. */
export interface ComposeConfig {
  services: Record<
    string,
    {
      image?: string;
      restart?: string;
      user?: string;
      healthcheck?: { test?: string[] };
      depends_on?: Record<string, { condition: string }>;
      environment?: Record<string, string>;
      ports?: { host_ip?: string; published?: string }[];
      volumes?: { type: string; source: string; target: string; read_only?: boolean }[];
    }
  >;
  volumes: Record<string, unknown>;
}

export const composeFile = join(root, 'docker-compose.temporal.yml');

/** What the file wants of its user; each test gives its own. */
export const required = { CRESCENDO_TEMPORAL_DB_PASSWORD: 'correct-horse', DOCKER_GID: '999' };

/** Runs `docker compose` on the file, with nothing of this machine's settings but what is given. */
export async function compose(
  args: string[],
  env: Record<string, string>,
  options: { project?: string; timeoutMs?: number } = {},
) {
  await ensureCompose();
  const { PATH = '', HOME = '' } = process.env;
  const project = options.project === undefined ? [] : ['-p', options.project];
  const files = ['--env-file', '/dev/null', '-f', composeFile];
  return execa('docker', ['compose', ...files, ...project, ...args], {
    cwd: root,
    env: { PATH, HOME, ...env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: options.timeoutMs ?? 60_000,
  });
}

export async function resolved(env: Record<string, string> = required): Promise<ComposeConfig> {
  const { stdout, stderr, exitCode } = await compose(['config', '--format', 'json'], env);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ComposeConfig;
}

/** Why the images cannot be had here; undefined when they can, and then they are. */
export async function whyNoImages(): Promise<string | undefined> {
  await ensureDocker();
  const { services } = await resolved();
  const images = Object.values(services).map(({ image = '' }) => image);
  for (const image of new Set([
    ...images.filter((name) => !name.startsWith('crescendo/')),
    'node:20-bookworm-slim',
  ])) {
    const pulled = await execa('docker', ['pull', '--quiet', image], { reject: false, timeout: 300_000 });
    if (pulled.failed) return `no registry answers for ${image}`;
  }
  return undefined;
}
