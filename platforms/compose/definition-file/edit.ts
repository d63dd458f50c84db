import type { Document, YAMLMap } from 'yaml';
import type { ServiceFileEdit } from '../../../domain/compose-file-operation.ts';
import type { Resources } from '../../../domain/observation.ts';
import { editDocument, rejected } from './document.ts';
import { ownMap } from './own-map.ts';
import { put, putCommand, putEnvironment } from './put.ts';

type FileEdits = Readonly<Record<string, ServiceFileEdit>>;

/**
 * The compose file with the edits in it (runbook 2.2): comments, order, anchors and whatever is not edited stay. The same
 * text comes back when everything stands there already. Throws ComposeFileRejected for a file that cannot be edited.
 */
export const editText = (text: string, edits: FileEdits): string =>
  editDocument(text, (document, services) => {
    for (const [name, edit] of Object.entries(edits)) {
      if (!services.has(name)) throw rejected(`it has no service ${name}`);
      editService(document, ownMap(document, services, name), edit);
    }
  });

function editService(document: Document, service: YAMLMap, edit: ServiceFileEdit): void {
  const { replicas, limits, reservations, command, environment } = edit;
  if (replicas !== undefined || limits !== undefined || reservations !== undefined) {
    const deploy = ownMap(document, service, 'deploy');
    if (replicas !== undefined) put(deploy, 'replicas', replicas);
    if (limits !== undefined || reservations !== undefined) {
      const resources = ownMap(document, deploy, 'resources');
      putResources(document, resources, 'limits', limits);
      putResources(document, resources, 'reservations', reservations);
    }
  }
  if (command !== undefined) putCommand(document, service, command);
  if (environment !== undefined) putEnvironment(document, service, environment);
}

function putResources(
  document: Document,
  resources: YAMLMap,
  kind: 'limits' | 'reservations',
  wanted: Resources | undefined,
): void {
  if (wanted === undefined) return;
  const map = ownMap(document, resources, kind);
  if (wanted.cpus !== undefined) {
    const text = cpusText(wanted.cpus);
    // A number that says the same already stays as it is written.
    if (Number(map.get('cpus')) !== wanted.cpus) map.set('cpus', quoted(document, text));
  }
  if (wanted.memoryBytes !== undefined) put(map, 'memory', memoryText(wanted.memoryBytes));
}

const quoted = (document: Document, text: string) => {
  const node = document.createNode(text);
  (node as { type?: string }).type = 'QUOTE_SINGLE';
  return node;
};

/** `'1.0'`, `'0.75'`: as the runbook writes them. */
const cpusText = (cpus: number): string => (Number.isInteger(cpus) ? cpus.toFixed(1) : String(cpus));

/** `512M`, `1G`, `1.5G`: Compose counts them in powers of two. */
export const memoryText = (bytes: number): string => {
  const units: readonly [string, number][] = [
    ['G', 2 ** 30],
    ['M', 2 ** 20],
    ['K', 2 ** 10],
  ];
  for (const [unit, size] of units) {
    const value = bytes / size;
    if (value >= 1 && Number.isInteger(value * (unit === 'G' ? 2 : 1))) return `${value}${unit}`;
  }
  return `${bytes}b`;
};
