import { diff3Merge } from 'node-diff3';
import { isMap, parse, parseDocument, type Document, type YAMLMap } from 'yaml';
import { CrescendoError } from '../../../domain/crescendo-error.ts';

/**
 * The text of a compose file after `edit` has changed its services: comments, order, anchors and every line that is not
 * edited stay. The same text comes back when nothing was changed. Throws ComposeFileRejected for what is no compose file.
 */
export function editDocument(text: string, edit: (document: Document, services: YAMLMap) => void): string {
  const document = parseDocument(text, { merge: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw rejected(problem.message);
  const style = { lineWidth: 0, flowCollectionPadding: text.includes('{ ') };
  const unedited = document.toString(style);
  const services = document.get('services', true);
  if (!isMap(services)) throw rejected('it has no services');
  edit(document, services);
  const edited = document.toString(style);
  const merged = withChangesOf(text, unedited, edited);
  const means = (file: string): string => JSON.stringify(parse(file, { merge: true }));
  return means(merged) === means(edited) ? merged : edited;
}

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

export const rejected = (why: string): CrescendoError =>
  new CrescendoError('ComposeFileRejected', `the compose file cannot be edited: ${why}`);
