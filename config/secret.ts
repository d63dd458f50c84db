import { readFile } from 'node:fs/promises';
import { CrescendoError } from '../domain/crescendo-error.ts';

/** Where a secret is to be had. The secret itself never stands in a catalog, an input, a history or a log. */
export const secretReference = /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/;

/**
 * The secret behind `env:NAME` or `file:PATH` (its text without the line end). For workers only.
 * Throws `InvalidCatalog` that names the reference, never what is behind it.
 */
export const resolveSecret = async (
  reference: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> => {
  if (!secretReference.test(reference)) throw missing('a secret', 'is not written as env:NAME or file:PATH');
  if (reference.startsWith('env:')) {
    const value = env[reference.slice('env:'.length)];
    if (value === undefined || value === '') throw missing(reference, 'is not set for this worker');
    return value;
  }
  const text = await readFile(reference.slice('file:'.length), 'utf8').catch(() => {
    throw missing(reference, 'cannot be read by this worker');
  });
  return text.replace(/\r?\n$/, '');
};

const missing = (reference: string, why: string): CrescendoError =>
  new CrescendoError('InvalidCatalog', `${reference} ${why}`);
