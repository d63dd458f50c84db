import type { Document, YAMLMap } from 'yaml';
import { ownMap } from './own-map.ts';

/** In place, so that a comment behind the value stays; untouched when it is that already. */
export function put(map: YAMLMap, key: string, value: string | number): void {
  if (map.get(key) === value) return;
  const node = map.get(key, true) as { value?: unknown; source?: string } | undefined;
  if (node !== undefined && 'value' in node && typeof node.value !== 'object') {
    node.value = value;
    delete node.source;
    return;
  }
  map.set(key, value);
}

/** An argument list, on one line. */
export function putCommand(document: Document, service: YAMLMap, command: readonly string[]): void {
  const now = (service.toJSON() as { command?: unknown }).command;
  if (!same(now, command)) service.set('command', document.createNode([...command], { flow: true }));
}

/** A list of NAME=value keeps its form. */
export function putEnvironment(
  document: Document,
  service: YAMLMap,
  wanted: Readonly<Record<string, string>>,
): void {
  const now = (service.toJSON() as { environment?: unknown }).environment;
  if (!Array.isArray(now)) {
    const map = ownMap(document, service, 'environment');
    for (const [name, value] of Object.entries(wanted)) put(map, name, value);
    return;
  }
  const kept = now.filter((line) => !Object.hasOwn(wanted, String(line).split('=')[0] ?? ''));
  const lines = [...kept, ...Object.entries(wanted).map(([name, value]) => `${name}=${value}`)];
  if (!same(now, lines)) service.set('environment', document.createNode(lines));
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
