import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { LoadBalancerSpec } from '../../../domain/catalog.ts';
import { CrescendoError } from '../../../domain/crescendo-error.ts';
import type { Replica } from '../../../domain/observation.ts';
import type { Platform } from '../../../platforms/platform.ts';
import { freePort } from '../../support/index.ts';

/** A real nginx of this machine behind as much of a Platform as the adapter uses: its files live under a folder of their own. */
export interface LocalNginx {
  platform: Platform;
  spec: LoadBalancerSpec;
  /** Commands that were run "inside" of it. */
  commands: string[];
  pathOf: (path: string) => string;
  stop: () => Promise<void>;
}

const configFile = '/etc/nginx/conf.d/chat4all.conf';

export const startNginx = async (upstreamPort: number): Promise<LocalNginx> => {
  const root = await mkdtemp(join(tmpdir(), 'crescendo-nginx-'));
  const pathOf = (path: string): string => (path.startsWith('/proc/') ? path : join(root, path));
  for (const folder of ['/etc/nginx/conf.d', '/run', '/tmp'])
    await mkdir(pathOf(folder), { recursive: true });
  const mainFile = pathOf('/etc/nginx/nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${pathOf(`/tmp/${kind}`)};`)
    .join(' ');
  await writeFile(
    mainFile,
    `worker_processes 2; pid ${pathOf('/run/nginx.pid')}; error_log ${pathOf('/run/error.log')}; daemon off;
events {} http { access_log off; ${temporary} include ${pathOf('/etc/nginx/conf.d')}/*.conf; }\n`,
  );
  const nginx = (argv: readonly string[]) => ['-p', root, '-c', mainFile, ...argv];
  const server = execa('nginx', nginx([]), { reject: false, stdio: 'ignore' });
  const listenPort = await freePort();
  const commands: string[] = [];
  const replica: Replica = {
    id: 'nginx',
    name: 'local-nginx-1',
    service: 'nginx',
    number: 1,
    state: 'running',
    health: 'none',
    createdAtMs: 0,
    restartCount: 0,
    address: '127.0.0.1',
    limits: {},
  };
  const platform: Partial<Platform> = {
    observe: async () => ({ nginx: [replica] }),
    readFile: async (_replica, path) => {
      try {
        return await readFile(pathOf(path), 'utf8');
      } catch (error) {
        throw new CrescendoError('FileNotFound', `cannot read ${path}: ${String(error)}`);
      }
    },
    writeFile: async (_replica, path, content) => {
      await mkdir(dirname(pathOf(path)), { recursive: true });
      await writeFile(pathOf(path), content);
    },
    exec: async (_replica, [command = '', ...argv]) => {
      commands.push([command, ...argv].join(' '));
      const args =
        command === 'nginx' ? nginx(argv) : argv.map((arg) => (arg.startsWith('/') ? pathOf(arg) : arg));
      const { exitCode = 1, stdout, stderr } = await execa(command, args, { reject: false });
      return { exitCode, stdout, stderr };
    },
  };
  return {
    platform: platform as Platform,
    spec: {
      kind: 'nginx',
      service: 'nginx',
      upstreamService: 'api-gateway',
      upstreamName: 'api_gateway',
      upstreamPort,
      configFile,
      serverName: 'api.chat4all.com',
      listenPort,
      url: `http://127.0.0.1:${listenPort}`,
      probePath: '/actuator/info',
    },
    commands,
    pathOf,
    stop: async () => {
      server.kill('SIGTERM');
      await server;
      await rm(root, { recursive: true, force: true });
    },
  };
};

/** Three servers that say who they are, on the addresses 127.0.0.1 to 127.0.0.3: an address stands for a replica's name. */
export const startReplicas = async (): Promise<{
  names: string[];
  port: number;
  stop: () => Promise<void>;
}> => {
  const names = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const servers: Server[] = [];
  let port = 0;
  for (const name of names) {
    const server = createServer((_request, response) => response.end(name));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, name, resolve);
    });
    port = (server.address() as AddressInfo).port;
    servers.push(server);
  }
  return {
    names,
    port,
    stop: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};
