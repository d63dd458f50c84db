import type Dockerode from 'dockerode';
import type { Obstacle } from '../../domain/obstacle.ts';
import { labels, type Engine } from './engine.ts';
import { inspectAll } from './observe.ts';

/** What in the definition of the services forbids more than one replica, read off their containers. */
export async function obstacles(
  engine: Engine,
  services: readonly string[],
  signal?: AbortSignal,
): Promise<Obstacle[]> {
  const found = await inspectAll(engine, services, signal);
  return services.flatMap((service) => {
    const containers = found.filter(({ Config }) => Config.Labels[labels.service] === service);
    const [first] = containers;
    if (first !== undefined) return obstaclesOf(engine.spec.project, service, first);
    if (engine.spec.composeFile !== undefined) return [];
    return [
      {
        service,
        kind: 'not_deployed' as const,
        message: `${service} has no container in project ${engine.spec.project}`,
        remedy: `run \`docker compose up -d ${service}\` once, or correct the name in the catalog`,
      },
    ];
  });
}

function obstaclesOf(project: string, service: string, info: Dockerode.ContainerInspectInfo): Obstacle[] {
  const found: Obstacle[] = [];
  const name = info.Name.replace(/^\//, '');
  if (!new RegExp(`^${escape(project)}[-_]${escape(service)}[-_]\\d+$`).test(name)) {
    found.push({
      service,
      kind: 'container_name',
      message: `${service} has the fixed container_name ${name}`,
      remedy: `remove container_name from ${service} in the compose file and run \`docker compose up -d ${service}\``,
    });
  }
  for (const [port, bindings] of Object.entries(info.HostConfig.PortBindings ?? {}) as [
    string,
    { HostPort?: string }[],
  ][]) {
    const fixed = bindings?.find(
      ({ HostPort }) => HostPort !== undefined && HostPort !== '' && HostPort !== '0',
    );
    if (fixed === undefined) continue;
    found.push({
      service,
      kind: 'fixed_host_port',
      message: `${service} publishes the fixed host port ${fixed.HostPort}`,
      remedy: `publish only the container's port (\`- "${port.split('/')[0]}"\`), or put a load balancer before it`,
    });
  }
  return found;
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
