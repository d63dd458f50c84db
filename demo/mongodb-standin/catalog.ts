import { calculateObjectSize, type Document } from 'bson';
import type { Store } from './store.ts';

/** listDatabases: names with the bytes of their documents. */
export const listDatabases = (store: Store): Document => {
  const bytes = new Map<string, number>();
  for (const entry of store.entries()) {
    const [name = ''] = entry.namespace.split('.');
    const size = 'put' in entry ? calculateObjectSize(entry.put) : 0;
    bytes.set(name, (bytes.get(name) ?? 0) + size);
  }
  const databases = [...bytes].map(([name, sizeOnDisk]) => ({ name, sizeOnDisk, empty: false }));
  const totalSize = databases.reduce((total, { sizeOnDisk }) => total + sizeOnDisk, 0);
  return { databases, totalSize, totalSizeMb: Math.floor(totalSize / 2 ** 20), ok: 1 };
};

/** listCollections of one database. */
export const listCollections = (database: string, store: Store): Document => {
  const prefix = `${database}.`;
  const names = new Set(
    store
      .entries()
      .filter(({ namespace }) => namespace.startsWith(prefix))
      .map(({ namespace }) => namespace.slice(prefix.length)),
  );
  const firstBatch = [...names].map((name) => ({ name, type: 'collection' }));
  return { cursor: { firstBatch, id: 0n, ns: `${database}.$cmd.listCollections` }, ok: 1 };
};
