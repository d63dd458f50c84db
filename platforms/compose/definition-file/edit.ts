import { diff3Merge } from 'node-diff3';
import { isMap, parse, parseDocument, type Document, type YAMLMap } from 'yaml';
import type { ServiceFileEdit } from '../../../domain/compose-file-operation.ts';
import { CrescendoError } from '../../../domain/crescendo-error.ts';
import type { Resources } from '../../../domain/observation.ts';
import { ownMap } from './own-map.ts';

type FileEdits = Readonly<Record<string, ServiceFileEdit>>;

/**
 * The compose file with the edits in it (runbook 2.2): comments, order, anchors and whatever is not edited stay. The same
 * text comes back when everything stands there already. Throws ComposeFileRejected for a file that cannot be edited.
 */
export function editText(text: string, edits: FileEdits): string {
  const document = parseDocument(text, { merge: true, keepSourceTokens: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw rejected(problem.message);
  const style = { lineWidth: 0, flowCollectionPadding: text.includes('{ ') };
  const unedited = document.toString(style);
  const services = document.get('services', true);
  if (!isMap(services)) throw rejected('it has no services');
  for (const [name, edit] of Object.entries(edits)) {
    if (!services.has(name)) throw rejected(`it has no service ${name}`);
    editService(document, ownMap(document, services, name), edit);
  }
  const edited = document.toString(style);
  const merged = withChangesOf(text, unedited, edited);
  return same(parse(merged, { merge: true }), parse(edited, { merge: true })) ? merged : edited;
}

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
  if (command !== undefined && !same(service.get('command'), command))
    service.set('command', document.createNode([...command], { flow: true }));
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

/** A list of NAME=value keeps its form. */
function putEnvironment(
  document: Document,
  service: YAMLMap,
  wanted: Readonly<Record<string, string>>,
): void {
  const now: unknown = service.toJSON()?.['environment'];
  if (!Array.isArray(now)) {
    const map = ownMap(document, service, 'environment');
    for (const [name, value] of Object.entries(wanted)) put(map, name, value);
    return;
  }
  const kept = now.filter((line) => !Object.hasOwn(wanted, String(line).split('=')[0] ?? ''));
  const lines = [...kept, ...Object.entries(wanted).map(([name, value]) => `${name}=${value}`)];
  if (!same(now, lines)) service.set('environment', document.createNode(lines));
}

/** In place, so that a comment behind the value stays; untouched when it is that already. */
function put(map: YAMLMap, key: string, value: string | number): void {
  if (map.get(key) === value) return;
  const node = map.get(key, true) as { value?: unknown; source?: string } | undefined;
  if (node !== undefined && 'value' in node && typeof node.value !== 'object') {
    node.value = value;
    delete node.source;
    return;
  }
  map.set(key, value);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

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

/**
 * The library writes the whole file in its own layout. What an edit changes is the difference between the file without and with
 * it, both in that layout; this difference alone goes into the text, so that every other line stays as somebody wrote it.
 */
function withChangesOf(text: string, unedited: string, edited: string): string {
  const lines = (all: string): string[] => all.split('\n');
  return diff3Merge(lines(text), lines(unedited), lines(edited))
    .flatMap(({ ok, conflict }) => ok ?? conflict?.b ?? [])
    .join('\n');
}

const rejected = (why: string): CrescendoError =>
  new CrescendoError('ComposeFileRejected', `the compose file cannot be edited: ${why}`);
