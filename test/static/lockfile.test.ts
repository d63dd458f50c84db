import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './imports.ts';

interface Locked {
  version?: string;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
}

const json = async (file: string) => JSON.parse(await readFile(join(root, file), 'utf8'));

describe('dependencies', () => {
  test('every one is named with its exact version', async () => {
    const { dependencies, devDependencies } = await json('package.json');
    const versions = Object.entries<string>({ ...dependencies, ...devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('the lockfile has a checksum of each, for every system that a package is built for', async () => {
    const packages: Record<string, Locked> = (await json('package-lock.json')).packages;
    const entries = Object.entries(packages).filter(([path]) => path !== '');
    expect(entries.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
    const names = new Set(entries.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const missing = entries.flatMap(([, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !names.has(name)),
    );
    expect(missing).toEqual([]);
  });
});
