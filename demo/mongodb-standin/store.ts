import { EJSON, ObjectId, type Document } from 'bson';

/** Documents in memory, by namespace (`database.collection`) and `_id`. The oldest go when a namespace holds more than `limit`. */
export interface Store {
  /** `false` when the `_id` is taken. */
  insert: (namespace: string, document: Document) => boolean;
  find: (namespace: string, filter: Document) => Document[];
  /** Replaces or changes the first match (all with `multi`); inserts with `upsert` when nothing matches. */
  update: (
    namespace: string,
    change: UpdateStatement,
  ) => { matched: number; modified: number; upsertedId?: unknown };
  remove: (namespace: string, filter: Document, limit: number) => number;
  /** All that there is, as changes. */
  entries: () => Entry[];
  /** A change that another server made. */
  apply: (entry: Entry) => void;
  /** Exactly these documents, and no others. */
  replaceAll: (entries: readonly Entry[]) => void;
}

export interface UpdateStatement {
  q: Document;
  u: Document;
  upsert?: boolean;
  multi?: boolean;
}

/** What changed, in the order in which it did. */
export type Entry = { namespace: string } & ({ put: Document } | { gone: unknown });

/** `entries` are what a journal kept, `record` is called with each change from now on. */
export const createStore = (
  limit: number,
  entries: readonly Entry[] = [],
  record: (entry: Entry) => void = () => undefined,
): Store => {
  const namespaces = new Map<string, Map<string, Document>>();
  const collectionOf = (namespace: string): Map<string, Document> => {
    const existing = namespaces.get(namespace);
    if (existing !== undefined) return existing;
    const created = new Map<string, Document>();
    namespaces.set(namespace, created);
    return created;
  };

  const put = (namespace: string, document: Document): void => {
    keep(namespace, document);
    record({ namespace, put: document });
  };

  const keep = (namespace: string, document: Document): void => {
    const collection = collectionOf(namespace);
    collection.set(keyOf(document['_id']), document);
    if (collection.size <= limit) return;
    const oldest = collection.keys().next();
    if (!oldest.done) collection.delete(oldest.value);
  };

  const find = (namespace: string, filter: Document): Document[] => {
    const collection = collectionOf(namespace);
    if (!('_id' in filter) || isOperator(filter['_id']))
      return [...collection.values()].filter((document) => matches(document, filter));
    const found = collection.get(keyOf(filter['_id']));
    return found !== undefined && matches(found, filter) ? [found] : [];
  };

  for (const entry of entries) {
    if ('put' in entry) keep(entry.namespace, entry.put);
    else collectionOf(entry.namespace).delete(keyOf(entry.gone));
  }

  const drop = (namespace: string, id: unknown): void => {
    if (collectionOf(namespace).delete(keyOf(id))) record({ namespace, gone: id });
  };
  const apply = (entry: Entry): void => {
    if ('put' in entry) put(entry.namespace, entry.put);
    else drop(entry.namespace, entry.gone);
  };

  return {
    find,
    apply,
    entries: () =>
      [...namespaces].flatMap(([namespace, collection]) =>
        [...collection.values()].map((document) => ({ namespace, put: document })),
      ),
    replaceAll: (entries) => {
      const wanted = new Map(entries.map((entry) => [entry.namespace, new Set<string>()] as const));
      for (const entry of entries)
        if ('put' in entry) wanted.get(entry.namespace)?.add(keyOf(entry.put['_id']));
      for (const [namespace, collection] of namespaces)
        for (const [key, document] of collection)
          if (wanted.get(namespace)?.has(key) !== true) drop(namespace, document['_id']);
      for (const entry of entries) apply(entry);
    },
    insert: (namespace, document) => {
      const withId: Document = { _id: document['_id'] ?? new ObjectId(), ...document };
      if (collectionOf(namespace).has(keyOf(withId['_id']))) return false;
      put(namespace, withId);
      return true;
    },
    update: (namespace, { q, u, upsert, multi }) => {
      const found = find(namespace, q).slice(0, multi === true ? undefined : 1);
      for (const document of found) put(namespace, changed(document, u));
      if (found.length > 0 || upsert !== true) return { matched: found.length, modified: found.length };
      const base: Document = { _id: new ObjectId(), ...equalities(q) };
      const created = changed(base, u);
      put(namespace, created);
      return { matched: 0, modified: 0, upsertedId: created['_id'] };
    },
    remove: (namespace, filter, limit) => {
      const found = find(namespace, filter).slice(0, limit === 0 ? undefined : limit);
      for (const document of found) drop(namespace, document['_id']);
      return found.length;
    },
  };
};

const keyOf = (value: unknown): string => EJSON.stringify({ value }, { relaxed: false });

const isOperator = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).some((key) => key.startsWith('$'));

/** Equality, and `$gte` and `$lte` of numbers; any other operator in a filter is refused rather than guessed at. */
const matches = (document: Document, filter: Document): boolean =>
  Object.entries(filter).every(([field, wanted]) => {
    if (!field.startsWith('$') && !isOperator(wanted)) return keyOf(document[field]) === keyOf(wanted);
    if (field.startsWith('$') || !isRange(wanted))
      throw new Error(`the stand-in finds by equality and by ranges only, not by ${field}`);
    const value = Number(document[field]);
    const { $gte = -Infinity, $lte = Infinity } = wanted as { $gte?: number; $lte?: number };
    return value >= $gte && value <= $lte;
  });

const isRange = (value: unknown): boolean =>
  Object.keys(value as object).every((key) => key === '$gte' || key === '$lte');

const equalities = (filter: Document): Document =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => !isOperator(value)));

const changed = (document: Document, u: Document): Document => {
  const operators = Object.keys(u).filter((key) => key.startsWith('$'));
  if (operators.length === 0) return { _id: document['_id'], ...u };
  const unknown = operators.find((operator) => operator !== '$set' && operator !== '$setOnInsert');
  if (unknown !== undefined) throw new Error(`the stand-in updates by $set only, not by ${unknown}`);
  return { ...document, ...(u['$set'] as Document | undefined) };
};
