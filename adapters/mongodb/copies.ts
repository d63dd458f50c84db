import type { MongoClient } from 'mongodb';

/** Documents by `database.collection`, as the server itself counts them. MongoDB's own databases are left out. */
export async function countDocuments(client: MongoClient): Promise<Record<string, number>> {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  const names = databases.map(({ name }) => name).filter((name) => !ownDatabases.includes(name));
  const counted = await Promise.all(
    names.map(async (name) => {
      const database = client.db(name);
      const collections = await database
        .listCollections({ type: 'collection' }, { nameOnly: true })
        .toArray();
      const own = collections.filter((collection) => !collection.name.startsWith('system.'));
      return Promise.all(
        own.map(async (collection) => {
          const count = await database.collection(collection.name).estimatedDocumentCount();
          return [`${name}.${collection.name}`, count] as const;
        }),
      );
    }),
  );
  return Object.fromEntries(counted.flat());
}

const ownDatabases: readonly string[] = ['admin', 'config', 'local'];

/**
 * A write that is answered when every member has it. What was written before it is there too: a set copies in order. Throws MongoServerError
 * after the time.
 */
export async function writeEverywhere(
  client: MongoClient,
  id: string,
  members: number,
  timeoutMs: number,
): Promise<void> {
  const marks = client.db().collection<{ _id: string; probeId: string }>('crescendo_probe');
  const writeConcern = { w: members, wtimeoutMS: timeoutMs };
  await marks.updateOne({ _id: id }, { $set: { probeId: id } }, { upsert: true, writeConcern });
  await marks.deleteOne({ _id: id }, { writeConcern });
}

/** Answers whoever asks, without a word on who that is: a node that has no users yet does. */
export async function greet(client: MongoClient): Promise<void> {
  await client.db('admin').command({ hello: 1 });
}

/** The URL with another server in it, its user and database kept; without the user where `isAnonymous`. */
export function urlAt(url: string, host: string, { isAnonymous = false } = {}): string {
  const [, user = '', rest = ''] = /^mongodb:\/\/([^@/]*@)?[^/?]*(.*)$/.exec(url) ?? [];
  return `mongodb://${isAnonymous ? '' : user}${host}${isAnonymous ? '/' : rest}`;
}
