import { constants } from 'node:fs';
import { copyFile, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CrescendoError } from '../../../domain/crescendo-error.ts';
import { docker } from '../docker-cli.ts';
import type { Engine } from '../engine.ts';
import { differences } from './differences.ts';

/** Lines in an error, for a person to see what was done. */
const mostShown = 12;

/** A change of the text, as a function of it that gives the same for what has it already. */
export interface TextChange {
  change: (text: string) => string;
  /** What it is about, in the facts: names of services. */
  about: readonly string[];
  /** Name of the copy, beside the file. */
  backup: string;
  signal?: AbortSignal;
}

/**
 * Copies the compose file to `backup` and writes the change into it; a copy that an earlier attempt made is kept, so that it
 * always holds the bytes from before. What `docker compose config` does not take is not left there. Returns facts. Throws
 * ComposeFileRejected, NotScalable without a file in the catalog.
 */
export async function changeFile(engine: Engine, wanted: TextChange): Promise<string[]> {
  const { change, about, backup, signal } = wanted;
  const file = fileOf(engine);
  const copy = copyOf(file, backup);
  const before = await readFile(file, 'utf8');
  const after = change(before);
  const services = about.join(', ');
  // An attempt that died after its write finds the change there, and its copy.
  await copyFile(file, copy, constants.COPYFILE_EXCL).catch(ignoring('EEXIST'));
  if (after === before)
    return [
      about.length === 0
        ? `${basename(file)} copied to ${backup}`
        : `${basename(file)} already says so of ${services}`,
    ];
  // Looked at before it is in place: whoever dies when, what Compose refuses is never the file.
  const candidate = await writeBeside(file, after);
  const reason = await refusalOf(engine, candidate, signal);
  if (reason !== undefined) {
    await rm(candidate, { force: true });
    throw new CrescendoError(
      'ComposeFileRejected',
      `docker compose does not take the edited ${file}: ${reason}`,
    );
  }
  await rename(candidate, file);
  return [`${basename(file)} edited for ${services}, the bytes before are in ${backup}`];
}

/**
 * Puts the exact bytes of the copy back, where the file is still what the change made of it. Returns facts. Throws
 * FileChanged, and changes nothing, where somebody else edited it meanwhile.
 */
export async function restoreFile(engine: Engine, { change, backup }: TextChange): Promise<string[]> {
  const file = fileOf(engine);
  const copy = copyOf(file, backup);
  const [now, before] = await Promise.all([
    readFile(file, 'utf8'),
    readFile(copy, 'utf8').catch(ignoring('ENOENT')),
  ]);
  if (before === undefined) return [`${basename(file)} was not edited: there is no ${backup}`];
  if (now === before) return [`${basename(file)} has the bytes of ${backup} already`];
  const ours = change(before);
  if (now !== ours)
    throw new CrescendoError(
      'FileChanged',
      `${file} was edited by somebody else since: ${differences(ours, now).slice(0, mostShown).join(' | ')}; the bytes before are in ${backup}`,
      { file, backup },
    );
  await replace(file, before);
  return [`${basename(file)} has the bytes of ${backup} again`];
}

export function fileOf({ spec }: Engine): string {
  if (spec.composeFile !== undefined) return spec.composeFile;
  throw new CrescendoError(
    'NotScalable',
    'the catalog names no compose file: add platform.composeFile, or leave the file alone (composeFile: {edit: false})',
  );
}

/** A name, never a path: the copy stays beside the file. */
export function copyOf(file: string, backup: string): string {
  if (/^[\w.-]+$/.test(backup)) return join(dirname(file), backup);
  throw new CrescendoError('InvalidInput', `backup: ${backup} is no file name`);
}

/** Whole or not at all, whoever dies when. */
const replace = async (file: string, text: string): Promise<void> =>
  rename(await writeBeside(file, text), file);

/** On the disk, with the rights that the file has; gives its path. */
async function writeBeside(file: string, text: string): Promise<string> {
  const { mode } = await stat(file);
  const next = `${file}.crescendo`;
  const handle = await open(next, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return next;
}

async function refusalOf(
  { spec }: Engine,
  candidate: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const where = ['compose', '-f', candidate, '-p', spec.project, '--profile', '*'];
  const ran = await docker([...where, 'config', '--quiet'], signal);
  return ran.ok ? undefined : ran.reason;
}

export const ignoring =
  (code: string) =>
  (error: NodeJS.ErrnoException): undefined => {
    if (error.code !== code) throw error;
    return undefined;
  };
