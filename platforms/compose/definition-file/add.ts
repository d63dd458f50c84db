import { isMap, type Document, type YAMLMap } from 'yaml';
import type { AddedService } from '../../../domain/added-service.ts';
import { editDocument, rejected } from './document.ts';
import { ownMap } from './own-map.ts';
import { putCommand, putEnvironment } from './put.ts';

/** What belongs to one container alone, and would clash. */
const ofItsOwn = ['container_name', 'hostname', 'ports', 'volumes', 'profiles', 'scale'];

/**
 * The compose file with the services in it, each like one that stands; one that is there already is left as it is. Throws
 * ComposeFileRejected for a service that there is nothing like.
 */
export const addServicesText = (text: string, added: Readonly<Record<string, AddedService>>): string =>
  editDocument(text, (document, services) => {
    for (const [name, service] of Object.entries(added)) {
      if (services.has(name)) continue;
      const key = document.createNode(name);
      key.spaceBefore = true;
      services.set(key, serviceLike(document, services, service));
      addVolumes(document, Object.keys(service.volumes));
    }
  });

function serviceLike(document: Document, services: YAMLMap, service: AddedService): YAMLMap {
  const model = services.get(service.like, true);
  if (!isMap(model)) throw rejected(`it has no service ${service.like} to make another like it`);
  const shared = sharedMounts(model, Object.values(service.volumes));
  const node = model.clone() as YAMLMap;
  delete node.anchor;
  node.commentBefore = null;
  withoutAnchors(node);
  for (const key of ofItsOwn) node.delete(key);
  const { containerName, command, environment, volumes, ports } = service;
  if (containerName !== undefined) node.set('container_name', containerName);
  if (command !== undefined) putCommand(document, node, command);
  if (environment !== undefined) putEnvironment(document, node, environment);
  if (ports !== undefined) node.set('ports', document.createNode([...ports], { flow: true }));
  const own = Object.entries(volumes).map(([volume, path]) => `${volume}:${path}`);
  const mounts = [...own, ...shared];
  if (mounts.length > 0) node.set('volumes', document.createNode(mounts, { flow: true }));
  return node;
}

type Mount = string | { target?: string; read_only?: boolean };

/** What cannot be written is configuration (a keyFile, a certificate), not data: others may have it too. */
function sharedMounts(model: YAMLMap, ownPaths: readonly string[]): Mount[] {
  const { volumes = [] } = model.toJSON() as { volumes?: Mount[] | null };
  return (volumes ?? []).filter((mount) => {
    const [, target = '', mode = ''] = typeof mount === 'string' ? mount.split(':') : ['', mount.target];
    const isReadOnly = typeof mount === 'string' ? mode.split(',').includes('ro') : mount.read_only === true;
    return isReadOnly && !ownPaths.includes(target);
  });
}

/** A name that is defined twice in a file would mean the second place from there on. */
function withoutAnchors(node: YAMLMap): void {
  for (const { value } of node.items) {
    if (!isMap(value)) continue;
    delete value.anchor;
    withoutAnchors(value);
  }
}

function addVolumes(document: Document, names: readonly string[]): void {
  if (names.length === 0) return;
  const root = document.contents;
  if (!isMap(root)) return;
  const volumes = ownMap(document, root, 'volumes');
  for (const name of names) if (!volumes.has(name)) volumes.set(name, null);
}
