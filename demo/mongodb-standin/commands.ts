import type { Document } from 'bson';
import { listCollections, listDatabases } from './catalog.ts';
import type { ReplicaSet } from './replica-set.ts';
import { cacheStatus, getParameter, setParameter, type Settings } from './settings.ts';
import type { Store, UpdateStatement } from './store.ts';

/** Counters for serverStatus. */
export interface Status {
  startedAtMs: number;
  connections: number;
  totalConnections: number;
  operations: Record<'insert' | 'query' | 'update' | 'delete' | 'command', number>;
}

/** What the stand-in says it is: the wire protocol of MongoDB 7.0, and a name that nobody takes for it. */
const version = '7.0.0-standin';
const maxWireVersion = 21;

/** All that one server holds. */
export interface Server {
  store: Store;
  status: Status;
  settings: Settings;
  replicaSet: ReplicaSet;
  /** `getCmdLineOpts`: how it was started. */
  options: Document;
  /** Ends the process, as `shutdown` does. */
  shutDown: () => void;
}

/** Carries one command out. An unknown one is refused with MongoDB's own code (59), never answered with a made-up success. */
export const runCommand = (command: Document, server: Server): Document | Promise<Document> => {
  const { store, status, settings, replicaSet } = server;
  const name = Object.keys(command)[0] ?? '';
  const namespace = `${String(command['$db'])}.${String(command[name])}`;
  switch (name) {
    case 'hello':
    case 'isMaster':
    case 'ismaster':
      return { ...hello(), ...replicaSet.hello() };
    case 'ping':
    case 'endSessions':
    case 'killCursors':
      return { ok: 1 };
    case 'buildInfo':
    case 'buildinfo':
      return { version, versionArray: [7, 0, 0, 0], modules: ['standin'], ok: 1 };
    case 'serverStatus':
      return { ...serverStatus(status), wiredTiger: { cache: cacheStatus(settings) } };
    case 'getParameter':
      return getParameter(command, settings);
    case 'setParameter':
      return setParameter(command, settings);
    case 'currentOp':
      return { inprog: [], ok: 1 };
    case 'getCmdLineOpts':
      return { argv: ['mongod'], parsed: server.options, ok: 1 };
    case 'replSetInitiate':
    case 'replSetGetConfig':
    case 'replSetGetStatus':
    case 'replSetReconfig':
    case 'standinJoin':
    case 'standinPull':
      return replicaSet.run(name, command);
    // Everything that was acknowledged is in the journal already.
    case 'fsync':
      return { numFiles: 1, ok: 1 };
    case 'shutdown':
      setImmediate(server.shutDown);
      return { ok: 1 };
    case 'insert':
      if (!replicaSet.isWritable()) return notWritable;
      return withCopies(insert(namespace, command, store, status), command, replicaSet);
    case 'update':
      if (!replicaSet.isWritable()) return notWritable;
      return withCopies(update(namespace, command, store, status), command, replicaSet);
    case 'delete':
      if (!replicaSet.isWritable()) return notWritable;
      return withCopies(remove(namespace, command, store, status), command, replicaSet);
    case 'listDatabases':
      if (!replicaSet.isReadable()) return notReadable;
      return listDatabases(store);
    case 'listCollections':
      if (!replicaSet.isReadable()) return notReadable;
      return listCollections(String(command['$db']), store);
    case 'find':
      if (namespace === 'local.system.replset') return ownConfig(replicaSet);
      if (!replicaSet.isReadable()) return notReadable;
      return find(namespace, command, store, status);
    case 'count':
      if (!replicaSet.isReadable()) return notReadable;
      status.operations.query += 1;
      return { n: store.find(namespace, documentOf(command['query'])).length, ok: 1 };
    case 'aggregate':
      if (!replicaSet.isReadable()) return notReadable;
      return countDocuments(namespace, command, store, status);
    default:
      return {
        ok: 0,
        errmsg: `no such command in the stand-in: '${name}'`,
        code: 59,
        codeName: 'CommandNotFound',
      };
  }
};

/** With what its write concern asks for, once that is there. */
const withCopies = async (
  answer: Document,
  command: Document,
  replicaSet: ReplicaSet,
): Promise<Document> => ({
  ...answer,
  ...(await replicaSet.acknowledged(command)),
});

const ownConfig = (replicaSet: ReplicaSet): Document => {
  const config = replicaSet.config();
  const firstBatch = config === undefined ? [] : [config];
  return { cursor: { firstBatch, id: 0n, ns: 'local.system.replset' }, ok: 1 };
};

const notReadable: Document = {
  ok: 0,
  errmsg: 'node is not in primary or recovering state',
  code: 13_436,
  codeName: 'NotPrimaryOrSecondary',
};

const notWritable: Document = {
  ok: 0,
  errmsg: 'not primary',
  code: 10_107,
  codeName: 'NotWritablePrimary',
  errorLabels: ['RetryableWriteError'],
};

const hello = (): Document => ({
  helloOk: true,
  isWritablePrimary: true,
  ismaster: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  localTime: new Date(),
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion,
  readOnly: false,
  ok: 1,
});

const serverStatus = (status: Status): Document => ({
  host: 'standin',
  version,
  process: 'mongodb-standin',
  uptime: (Date.now() - status.startedAtMs) / 1_000,
  connections: {
    current: status.connections,
    available: 1_000 - status.connections,
    totalCreated: status.totalConnections,
  },
  opcounters: { ...status.operations, getmore: 0 },
  mem: { resident: Math.round(process.memoryUsage.rss() / 1_048_576) },
  ok: 1,
});

const insert = (namespace: string, command: Document, store: Store, status: Status): Document => {
  const documents = (command['documents'] ?? []) as Document[];
  const writeErrors: Document[] = [];
  for (const [index, document] of documents.entries()) {
    status.operations.insert += 1;
    if (store.insert(namespace, document)) continue;
    writeErrors.push({
      index,
      code: 11_000,
      errmsg: `E11000 duplicate key error collection: ${namespace} index: _id_`,
    });
    if (command['ordered'] !== false) break;
  }
  const n = documents.length - writeErrors.length;
  return { n, ok: 1, ...(writeErrors.length > 0 ? { writeErrors } : {}) };
};

const update = (namespace: string, command: Document, store: Store, status: Status): Document => {
  const upserted: Document[] = [];
  let n = 0;
  let nModified = 0;
  for (const [index, statement] of ((command['updates'] ?? []) as UpdateStatement[]).entries()) {
    status.operations.update += 1;
    const { matched, modified, upsertedId } = store.update(namespace, statement);
    n += matched;
    nModified += modified;
    if (upsertedId === undefined) continue;
    n += 1;
    upserted.push({ index, _id: upsertedId });
  }
  return { n, nModified, ok: 1, ...(upserted.length > 0 ? { upserted } : {}) };
};

const remove = (namespace: string, command: Document, store: Store, status: Status): Document => {
  let n = 0;
  for (const { q, limit } of (command['deletes'] ?? []) as { q: Document; limit: number }[]) {
    status.operations.delete += 1;
    n += store.remove(namespace, q, limit);
  }
  return { n, ok: 1 };
};

const find = (namespace: string, command: Document, store: Store, status: Status): Document => {
  status.operations.query += 1;
  const limit = Math.abs(Number(command['limit'] ?? 0));
  const matching = sorted(store.find(namespace, documentOf(command['filter'])), documentOf(command['sort']));
  const found = matching.slice(0, limit === 0 ? 1_000 : limit);
  return { cursor: { firstBatch: found, id: 0n, ns: namespace }, ok: 1 };
};

/** By one field of numbers. */
const sorted = (documents: Document[], sort: Document): Document[] => {
  const [by] = Object.entries(sort);
  if (by === undefined) return documents;
  const [field, direction] = by;
  return documents.toSorted((a, b) => Number(direction) * (Number(a[field]) - Number(b[field])));
};

/** `countDocuments` of the drivers: a $match and a $group that sums ones. */
const countDocuments = (namespace: string, command: Document, store: Store, status: Status): Document => {
  status.operations.query += 1;
  const [match, group] = (command['pipeline'] ?? []) as Document[];
  if (match?.['$match'] === undefined || group?.['$group'] === undefined)
    return { ok: 0, errmsg: 'the stand-in aggregates for countDocuments only', code: 40_324 };
  const n = store.find(namespace, documentOf(match['$match'])).length;
  return { cursor: { firstBatch: n === 0 ? [] : [{ _id: 1, n }], id: 0n, ns: namespace }, ok: 1 };
};

const documentOf = (value: unknown): Document => (typeof value === 'object' && value !== null ? value : {});
