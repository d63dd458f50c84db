import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { baseImages } from '../../scripts/setup/index.ts';

/** A small real Compose project of a test, under a name of its own. */
export interface ComposeProject {
  name: string;
  file: string;
  /** `docker compose` on it; gives stdout, throws when it fails. */
  compose(...args: string[]): Promise<string>;
  /** Writes another compose file in the place of the one it was made from. */
  rewrite(yaml: string): Promise<void>;
  /** Ids of all containers of a service, running or not, in the order of their numbers. */
  ids(service: string): Promise<string[]>;
  remove(): Promise<void>;
}

export async function openProject(yaml: string, prefix = 'crescendo-test'): Promise<ComposeProject> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const file = join(folder, 'docker-compose.yml');
  await writeFile(file, yaml);
  const compose = async (...args: string[]): Promise<string> => {
    const { stdout } = await execa('docker', ['compose', '-f', file, '-p', name, ...args], {
      stdin: 'ignore',
    });
    return stdout;
  };
  return {
    name,
    file,
    compose,
    rewrite: (changed) => writeFile(file, changed),
    ids: async (service) => {
      const format = '{{.Label "com.docker.compose.container-number"}} {{.ID}}';
      const filters = [`project=${name}`, `service=${service}`].flatMap((label) => [
        '--filter',
        `label=com.docker.compose.${label}`,
      ]);
      const { stdout } = await execa('docker', ['ps', '-a', '--no-trunc', '--format', format, ...filters]);
      const lines = stdout.split('\n').filter((line) => line !== '');
      return lines
        .toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))
        .map((line) => line.split(' ')[1] ?? '');
    },
    remove: async () => {
      await compose('down', '--volumes', '--remove-orphans', '--timeout', '1');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Says that it has started, serves HTTP, and on SIGTERM says that it drains and takes its time for it. */
const program = [
  'busybox mkdir -p /www && echo ok > /www/index.html',
  'busybox httpd -p 8080 -h /www',
  'echo "Started web in 0.1 seconds (process running for 0.2)"',
  'trap "echo draining; busybox sleep 0.3; echo drained; exit 0" TERM',
  'while :; do busybox sleep 60 & wait $$!; done',
].join('; ');

/** Two networks, an alias, limits, a named and an anonymous volume, fewer rights than usual: what a copy must keep. */
export const webProject = ({ image = baseImages.base, memory = '64M', extra = '' } = {}): string => `
services:
  web:
    image: ${image}
    command: ["busybox", "sh", "-c", '${program}']
    environment: { GREETING: hello }
    networks:
      front: { aliases: [web-alias] }
      back: {}
    volumes: ["shared:/shared", "/scratch"]
    cap_drop: [NET_RAW]
    security_opt: ["no-new-privileges:true"]
    stop_grace_period: 10s
    healthcheck:
      test: ["CMD", "busybox", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"]
      interval: 1s
      timeout: 2s
    deploy: { resources: { limits: { cpus: '0.3', memory: ${memory} } } }
${extra}
networks: { front: {}, back: {} }
volumes: { shared: {} }
`;
