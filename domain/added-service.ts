import type { WantedNames } from './taken-names.ts';

/** A service that a procedure adds beside one that stands: a node of a cluster, a replica, a broker. */
export interface AddedService {
  /** The service that it is made like: image, networks, limits, health check and logging are taken from there. */
  like: string;
  containerName?: string;
  /** Argument list; that of `like` when left out. */
  command?: readonly string[];
  /** Added to that of `like`, in place of what has the same name there. */
  environment?: Readonly<Record<string, string>>;
  /** Named volumes by the path under which they are mounted, in place of those of `like`. */
  volumes: Readonly<Record<string, string>>;
  /** `127.0.0.1:29093:29093`; none when left out, since a port of the host belongs to one container only. */
  ports?: readonly string[];
}

export type AddedServiceOperation = AddServices | RemoveServices;

/** Write the services into the compose file, after a copy of its bytes, and start them; nothing else is touched. */
export interface AddServices {
  kind: 'addServices';
  /** The service that they stand beside, whose lease it is. */
  service: string;
  added: Readonly<Record<string, AddedService>>;
  backup: string;
}

/** Take their containers and volumes away, and put the bytes of the copy back. */
export interface RemoveServices {
  kind: 'removeServices';
  service: string;
  added: Readonly<Record<string, AddedService>>;
  backup: string;
}

/** Names that these take: what goes by one of them already would be adopted, and taken away by an undo. */
export const namesOfAdded = (added: Readonly<Record<string, AddedService>>): WantedNames => ({
  services: Object.keys(added),
  volumes: Object.values(added).flatMap(({ volumes }) => Object.keys(volumes)),
  containers: Object.values(added).flatMap(({ containerName }) => containerName ?? []),
});
