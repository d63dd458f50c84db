import type { ComposePort, ComposeService, ComposeVolume } from '../../domain/compose-view.ts';
import { limitsOf, nameOf, type Container } from './observe.ts';

type Mount = Container['Mounts'][number] & { Type?: string };

/** A running container as the compose file that it came from would describe it, as far as scaling needs it. */
export function viewOf(project: string, service: string, info: Container): ComposeService {
  const { cpus, memoryBytes } = limitsOf(info);
  const name = nameOf(info);
  return {
    name: service,
    image: info.Config.Image,
    ...(isNumbered(name, project, service) ? {} : { containerName: name }),
    ...(info.HostConfig.NetworkMode === undefined ? {} : { networkMode: info.HostConfig.NetworkMode }),
    ports: portsOf(info),
    volumes: (info.Mounts as Mount[]).flatMap(volumeOf),
    limits: {
      ...(cpus === undefined ? {} : { cpus: String(cpus) }),
      ...(memoryBytes === undefined ? {} : { memory: String(memoryBytes) }),
    },
    hasHealthcheck: info.State.Health !== undefined,
    healthcheck: '',
    dependsOn: [],
    environment: {},
    unread: [],
  };
}

/** `project-service-1`, with the separator of either version of Compose, and as it is called while it is re-created. */
const isNumbered = (name: string, project: string, service: string): boolean =>
  ['-', '_'].some((separator) => {
    const [prefix, number] = [
      name.slice(0, name.lastIndexOf(separator)),
      name.slice(name.lastIndexOf(separator) + 1),
    ];
    const plain = prefix.replace(/^[0-9a-f]{12}_/, '');
    return /^\d+$/.test(number) && plain === `${project}${separator}${service}`;
  });

function portsOf({ HostConfig }: Container): ComposePort[] {
  const bound = (HostConfig.PortBindings ?? {}) as Record<string, { HostPort?: string }[] | null>;
  return Object.entries(bound).flatMap(([port, bindings]) =>
    (bindings ?? []).map(({ HostPort }) => ({
      container: port.split('/')[0] ?? port,
      ...(HostPort === undefined || HostPort === '' ? {} : { host: HostPort }),
    })),
  );
}

function volumeOf({ Type, Name, Source, Destination, RW }: Mount): ComposeVolume[] {
  if (Type !== 'volume' && Type !== 'bind') return [];
  const isAnonymous = Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? '');
  const kind = Type === 'bind' ? 'bind' : isAnonymous ? 'anonymous' : 'named';
  return [{ kind, source: Name ?? Source, target: Destination, readOnly: !RW }];
}
