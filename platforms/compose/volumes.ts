import type Dockerode from 'dockerode';
import type { Container } from './observe.ts';

/** The engine gives a volume without a name one of 64 hex digits. */
const anonymous = /^[0-9a-f]{64}$/;

interface Mount {
  Type: string;
  Source?: string;
  Target: string;
}

/**
 * Configuration in which named volumes and folders of the host stay, and each anonymous volume becomes a new one: Compose
 * carries an anonymous volume over when it re-creates a container, and a copy must not share it with its original.
 */
export function withFreshVolumes(
  config: Omit<Container['Config'], 'Hostname'>,
  host: Container['HostConfig'],
): Pick<Dockerode.ContainerCreateOptions, 'HostConfig' | 'Volumes'> {
  const binds = host.Binds ?? [];
  const isAnonymous = (bind: string): boolean => anonymous.test(bind.split(':')[0] ?? '');
  const targets = binds.filter(isAnonymous).map((bind) => bind.split(':')[1] ?? '');
  const mounts = (host as { Mounts?: Mount[] }).Mounts;
  return {
    ...(config as object),
    Volumes: { ...config.Volumes, ...Object.fromEntries(targets.map((target) => [target, {}])) },
    HostConfig: {
      ...host,
      ContainerIDFile: '',
      Binds: binds.filter((bind) => !isAnonymous(bind)),
      ...(mounts === undefined ? {} : { Mounts: mounts.map(withoutAnonymousSource) }),
    } as Dockerode.HostConfig,
  };
}

function withoutAnonymousSource(mount: Mount): Mount {
  if (mount.Type !== 'volume' || !anonymous.test(mount.Source ?? '')) return mount;
  const { Source: _source, ...fresh } = mount;
  return fresh;
}
