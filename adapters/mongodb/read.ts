import { MongoServerError, type Document, type MongoClient } from 'mongodb';
import type { MongodbReadings, ReplicaSetMember } from '../../domain/mongodb-readings.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import { readDataBytes } from './node.ts';
import { readReplicaSet } from './read-replica-set.ts';

/** The runbook's "slow query response times". */
const slowMs = 100;

/** What MongoDB says of itself: connections, cache, slow operations. Runbook 3.1, "Symptoms". */
export async function readMongodb(client: MongoClient): Promise<MongodbReadings> {
  const admin = client.db('admin');
  const [status, slowOperations, dataBytes, members] = await Promise.all([
    admin.command({ serverStatus: 1 }),
    slowOperationsOf(client),
    readDataBytes(client),
    membersOf(client),
  ]);
  const connections = status['connections'] as Document;
  const current = Number(connections['current']);
  const available = Number(connections['available']);
  const cache = (status['wiredTiger'] as Document | undefined)?.['cache'] as Document | undefined;
  return {
    version: String(status['version']),
    connections: { current, available },
    poolUtilization: known(current / Math.max(1, current + available), 'mongodb'),
    cacheMaxBytes: bytesIn(cache, 'maximum bytes configured'),
    cacheUsedBytes: bytesIn(cache, 'bytes currently in the cache'),
    slowOperations,
    dataBytes,
    ...(members === undefined ? {} : { members }),
  };
}

/** None where it is in no set, or the user may not see it. */
async function membersOf(client: MongoClient): Promise<ReplicaSetMember[] | undefined> {
  try {
    return (await readReplicaSet(client))?.members;
  } catch (error) {
    if (error instanceof MongoServerError) return undefined;
    throw error;
  }
}

const bytesIn = (cache: Document | undefined, field: string): Reading => {
  const value: unknown = cache?.[field];
  return value === undefined || value === null
    ? unknown('serverStatus has no WiredTiger cache', 'mongodb')
    : known(Number(value), 'mongodb');
};

/** Only of clients' work: a primary's own threads run for ever. */
async function slowOperationsOf(client: MongoClient): Promise<Reading> {
  const filter = { active: true, microsecs_running: { $gte: slowMs * 1_000 }, client: { $exists: true } };
  try {
    const { inprog } = (await client.db('admin').command({ currentOp: 1, ...filter })) as {
      inprog: Document[];
    };
    return known(inprog.length, 'mongodb');
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error), 'mongodb');
  }
}
