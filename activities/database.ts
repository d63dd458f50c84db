import type { Catalog, DatabaseSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { databaseDrivers, type DatabaseDriver } from './database-drivers.ts';
import type { Dependencies } from './dependencies.ts';

/** A database of the catalog, how it is reached, and how it is spoken to. The URL never leaves the activity. */
export interface Database {
  name: string;
  spec: DatabaseSpec;
  url: string;
  driver: DatabaseDriver;
}

/** Throws UnknownService for a name that the catalog does not have. */
export const databaseIn = async (dependencies: Dependencies, name: string): Promise<Database> => {
  const { catalog } = await dependencies.loadCatalog();
  const spec = databaseSpecIn(catalog, name);
  return { name, spec, url: await dependencies.resolveSecret(spec.url), driver: databaseDrivers[spec.kind] };
};

export const databaseSpecIn = ({ databases = {} }: Catalog, name: string): DatabaseSpec => {
  const spec = Object.hasOwn(databases, name) ? databases[name] : undefined;
  if (spec !== undefined) return spec;
  const there = Object.keys(databases).join(', ') || 'none';
  throw new CrescendoError('UnknownService', `not in the catalog: database ${name} (there are ${there})`, {
    name,
  });
};
