import { readFile } from 'node:fs/promises';
import type { FileDifferences } from '../../../domain/compose-file-operation.ts';
import type { Engine } from '../engine.ts';
import { copyOf, fileOf, ignoring, type TextChange } from './change.ts';
import { differences } from './differences.ts';

/** As many as a person reads. */
const most = 40;

/** What the changes, oldest first, have made of the file, and what somebody else has since; nothing of one whose bytes are back. */
export async function compareFile(engine: Engine, changes: readonly TextChange[]): Promise<FileDifferences> {
  const file = fileOf(engine);
  const now = await readFile(file, 'utf8');
  const read = await Promise.all(
    changes.map(async ({ change, backup }) => {
      const before = await readFile(copyOf(file, backup), 'utf8').catch(ignoring('ENOENT'));
      return before === undefined ? [] : [{ change, before }];
    }),
  );
  const made = read.flat();
  const [first, last] = [made[0], made.at(-1)];
  if (first === undefined || last === undefined) return { own: [], foreign: [] };
  // An undo that was cut off has put back the newest of them.
  const isOneOfOurs = made.some(({ before }) => before === now);
  const ours = isOneOfOurs ? now : last.change(last.before);
  return { own: shown(differences(first.before, ours)), foreign: shown(differences(ours, now)) };
}

const shown = (lines: readonly string[]): string[] =>
  lines.length <= most ? [...lines] : [...lines.slice(0, most), `and ${lines.length - most} lines more`];
