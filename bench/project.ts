import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { execa } from 'execa';
import { ensureBaseImages, ensureCompose, ensureDocker } from '../scripts/setup/index.ts';

/** A Compose project of small containers with a health check each second, for one benchmark. */
export interface BenchProject {
  name: string;
  file: string;
  service: string;
  docker: Dockerode;
  compose: (...args: string[]) => Promise<void>;
  containers: () => Promise<Dockerode.ContainerInfo[]>;
  close: () => Promise<void>;
}

const service = 'api';

/** Sets up what is missing and starts `replicas` of the service. */
export async function openProject(replicas: number): Promise<BenchProject> {
  await ensureDocker();
  await ensureCompose();
  const images = await ensureBaseImages();
  const name = `bench${randomUUID().slice(0, 8)}`;
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const file = join(folder, 'docker-compose.yml');
  await writeFile(file, composeFile(images.base));
  const docker = new Dockerode();
  const compose = async (...args: string[]): Promise<void> => {
    await execa('docker', ['compose', '-f', file, '-p', name, ...args]);
  };
  await compose('up', '-d', '--wait', '--scale', `${service}=${replicas}`);
  return {
    name,
    file,
    service,
    docker,
    compose,
    containers: () =>
      docker.listContainers({ all: true, filters: { label: [`com.docker.compose.project=${name}`] } }),
    close: async () => {
      await compose('down', '--volumes', '--timeout', '1');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const composeFile = (image: string): string => `services:
  ${service}:
    image: ${image}
    command: [busybox, httpd, -f, -p, '8080', -h, /etc]
    init: true
    stop_grace_period: 1s
    healthcheck:
      test: [CMD, busybox, wget, -q, -O, /dev/null, 'http://127.0.0.1:8080/hostname']
      interval: 1s
      timeout: 2s
      retries: 5
    deploy:
      resources:
        limits: { cpus: '0.5', memory: 64M }
`;
