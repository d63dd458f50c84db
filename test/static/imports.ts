import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** One import or re-export of a source file. */
export interface Import {
  /** Path of the importing file from the root. */
  from: string;
  /** A path from the root for a file of the project, else the name as it is written. */
  to: string;
  /** `import type` or `export type`: nothing of it is left at run time. */
  typeOnly: boolean;
}

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** What a source imports: statically, again as an export, and dynamically. */
export function importsOf(from: string, source: string): Import[] {
  const fixed = [...source.matchAll(statement)].map(([, type, to = '']) => ({
    to,
    typeOnly: type !== undefined,
  }));
  const late = [...source.matchAll(dynamic)].map(([, to = '']) => ({ to, typeOnly: false }));
  return [...fixed, ...late].map(({ to, typeOnly }) => ({
    from,
    to: to.startsWith('.') ? normalize(join(dirname(from), to)) : to,
    typeOnly,
  }));
}

/** TypeScript sources of a folder of the project, with their text. */
export async function sourcesOf(folder: string): Promise<{ path: string; text: string }[]> {
  const files = await readdir(join(root, folder), { recursive: true }).catch(() => []);
  return Promise.all(
    files
      .filter((file) => file.endsWith('.ts'))
      .toSorted()
      .map(async (file) => ({
        path: join(folder, file),
        text: await readFile(join(root, folder, file), 'utf8'),
      })),
  );
}
