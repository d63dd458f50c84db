import { MongoServerError, type Document, type MongoClient } from 'mongodb';
import type { MongodbNode } from '../../domain/mongodb-node.ts';
import { known, unknown, type Reading } from '../../domain/reading.ts';
import { readConfig, readReplicaSet, type ReplicaSetConfig } from './read-replica-set.ts';

const unauthorized = 13;
const unnamed = 'test';

/** How the server was started, and the set that it is in. A user who may not see it gives `isTold: false`. */
export async function readNode(client: MongoClient): Promise<MongodbNode> {
  const { databaseName } = client.db();
  const named = databaseName === unnamed ? {} : { databaseName };
  try {
    const admin = client.db('admin');
    const { parsed = {} } = (await admin.command({ getCmdLineOpts: 1 })) as { parsed?: Document };
    const security = (parsed['security'] ?? {}) as { authorization?: string; keyFile?: string };
    const replication = (parsed['replication'] ?? {}) as { replSet?: string; replSetName?: string };
    const replSet = replication.replSet ?? replication.replSetName;
    const [set, left] = await Promise.all([
      readSet(client),
      replSet === undefined ? readLeft(client) : undefined,
    ]);
    return {
      isTold: true,
      port: Number((parsed['net'] as Document | undefined)?.['port'] ?? 27_017),
      dataFolder: String((parsed['storage'] as Document | undefined)?.['dbPath'] ?? '/data/db'),
      hasAuthentication: security.authorization === 'enabled' || security.keyFile !== undefined,
      ...(security.keyFile === undefined ? {} : { keyFile: security.keyFile }),
      ...(replSet === undefined ? {} : { replSet }),
      ...(set === undefined ? {} : { set }),
      ...(left === undefined ? {} : { left }),
      ...named,
      dataBytes: await readDataBytes(client),
    };
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== unauthorized) throw error;
    const dataBytes = unknown('the user may not list the databases', 'mongodb');
    return {
      isTold: false,
      port: 27_017,
      dataFolder: '/data/db',
      hasAuthentication: true,
      ...named,
      dataBytes,
    };
  }
}

async function readSet(client: MongoClient): Promise<MongodbNode['set']> {
  const [status, config] = await Promise.all([readReplicaSet(client), readConfig(client)]);
  if (status === null || config === null) return undefined;
  const { me } = (await client.db('admin').command({ hello: 1 })) as { me?: string };
  return {
    name: status.set,
    ...(me === undefined ? {} : { self: me }),
    members: status.members.map(({ host, state }) => ({
      host,
      state,
      votes: config.members.find((member) => member.host === host)?.votes ?? 1,
    })),
  };
}

/** A mongod that starts with --replSet goes on from there. */
async function readLeft(client: MongoClient): Promise<MongodbNode['left']> {
  const found = await client.db('local').collection<ReplicaSetConfig>('system.replset').findOne();
  return found === null ? undefined : { name: found._id, hosts: found.members.map(({ host }) => host) };
}

/** A node that waits for its set answers no such question. */
export async function readDataBytes(client: MongoClient): Promise<Reading> {
  try {
    const { totalSize } = await client.db('admin').command({ listDatabases: 1 });
    return known(Number(totalSize), 'mongodb');
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error), 'mongodb');
  }
}
