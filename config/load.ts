import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import type { Catalog } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { hashOf } from '../domain/plan-hash.ts';
import { crossReferences } from './cross-references.ts';
import { catalogSchema } from './schema.ts';
import { maxFileBytes, readYaml, type Problem } from './yaml.ts';

export interface LoadedCatalog {
  /** Deep frozen. */
  catalog: Catalog;
  /**
   * SHA-256 over the canonical JSON of the catalog as written, before paths are made absolute: workers on several
   * machines agree on it. Comments and the order of keys do not count.
   */
  hash: string;
}

/**
 * Reads, checks and freezes a catalog. Throws `InvalidCatalog` with every error at once in `details.errors`
 * ([{ path, message }]).
 */
export const loadCatalog = async (file: string): Promise<LoadedCatalog> => {
  const where = path.resolve(file);
  return parseCatalog(await readLimited(where, file), { file, folder: path.dirname(where) });
};

/** The same for a text: `file` stands in messages, `folder` is what a relative composeFile starts from. */
export const parseCatalog = (
  text: string,
  { file, folder }: { file: string; folder: string },
): LoadedCatalog => {
  const { data, problems } = readYaml(text);
  if (problems.length > 0) throw invalidCatalog(file, problems);
  if (data === null || data === undefined) throw invalidCatalog(file, [{ path: '', message: 'is empty' }]);
  const parsed = catalogSchema.safeParse(data);
  const errors = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(problemOf)),
    ...crossReferences(data),
  ];
  if (!parsed.success || errors.length > 0) throw invalidCatalog(file, errors);
  return { catalog: deepFreeze(withAbsolutePaths(parsed.data, folder)), hash: hashOf(parsed.data) };
};

const readLimited = async (where: string, file: string): Promise<string> => {
  try {
    const { size } = await stat(where);
    if (size > maxFileBytes)
      throw invalidCatalog(file, [{ path: '', message: `is larger than ${maxFileBytes / 1024} KiB` }]);
    return await readFile(where, 'utf8');
  } catch (error) {
    if (error instanceof CrescendoError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? 'is not there' : `cannot be read (${code ?? String(error)})`;
    throw invalidCatalog(file, [{ path: '', message }]);
  }
};

const invalidCatalog = (file: string, errors: readonly Problem[]): CrescendoError => {
  const lines = errors.map((error) =>
    error.path === '' ? error.message : `${error.path}: ${error.message}`,
  );
  return new CrescendoError('InvalidCatalog', `${file}: ${lines.join('; ')}`, { file, errors });
};

const problemOf = (issue: z.core.$ZodIssue): Problem[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: issue.message }));
  const said = issue.message.replace(/^Invalid (?:input|option): /, '');
  const message = said.replace(/^(expected .*), received undefined$/, 'missing: $1');
  return [{ path: pathOf(issue.path), message }];
};

/** `emergency.steps[0].replicas` */
const pathOf = (parts: readonly PropertyKey[]): string =>
  parts
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

const withAbsolutePaths = (catalog: Catalog, folder: string): Catalog => {
  const { platform } = catalog;
  if (platform.kind !== 'compose' || platform.composeFile === undefined) return catalog;
  const composeFile = path.resolve(folder, platform.composeFile);
  return { ...catalog, platform: { ...platform, composeFile } };
};

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
};
