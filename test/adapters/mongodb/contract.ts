import { expect, it } from 'vitest';
import { setCache } from '../../../adapters/mongodb/cache.ts';
import { withMongodb } from '../../../adapters/mongodb/connect.ts';
import { countDocuments, writeEverywhere } from '../../../adapters/mongodb/copies.ts';
import { readMongodb } from '../../../adapters/mongodb/read.ts';
import { readNode } from '../../../adapters/mongodb/node.ts';
import {
  addMember,
  forceAlone,
  initiate,
  readConfig,
  readReplicaSet,
  removeMember,
  setVote,
  waitForState,
} from '../../../adapters/mongodb/replica-set.ts';
import { valueOf } from '../../../domain/reading.ts';

export interface MongodbServers {
  /** A server on its own. */
  single: string;
  /** Three that were started with `--replSet rs0`: URL, and the host under which the others reach it. */
  set: { url: string; host: string }[];
  /** Starts the first of the set again, with its data. */
  restartFirst(): Promise<void>;
}

/** What the adapter expects of every MongoDB, whether it is mongo:7.0 or the stand-in for it. */
export function mongodbContract(servers: () => MongodbServers): void {
  it('says how many connections it has', async () => {
    const readings = await withMongodb(servers().single, readMongodb);
    expect(readings.connections.current).toBeGreaterThan(0);
    expect(valueOf(readings.poolUtilization)).toBeLessThan(1);
    expect(valueOf(readings.slowOperations)).toBe(0);
  });

  it('takes another size of its cache while it runs, and says so', async () => {
    await withMongodb(servers().single, async (client) => {
      const bytes = 320 * 2 ** 20;
      expect(await setCache(client, bytes)).toContain('the cache has 320 MB');
      expect(valueOf((await readMongodb(client)).cacheMaxBytes)).toBe(bytes);
      expect(await setCache(client, bytes)).toBe('the cache has 320 MB already');
    });
  });

  it('refuses a cache that is too small, by the name of the error', async () => {
    await expect(withMongodb(servers().single, (client) => setCache(client, 1))).rejects.toMatchObject({
      type: 'SettingRejected',
    });
  });

  it('is no replica set before it is made one, then a PRIMARY with two SECONDARY and its documents', async () => {
    const [first, second, third] = servers().set;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three are needed');
    const hosts = [first.host, second.host, third.host] as const;
    expect(await withMongodb(first.url, readReplicaSet)).toBeNull();
    const options = { timeoutMs: 60_000 };
    const form = () =>
      withMongodb(first.url, async (client) => {
        if ((await readReplicaSet(client))?.members.length !== 3)
          await initiate(client, 'rs0', first.host, options);
        for (const { host } of [second, third]) {
          await addMember(client, host, options);
          await waitForState(client, host, 'SECONDARY', options);
        }
        for (const { host } of [second, third]) await setVote(client, host, 1, options);
      });
    await form();
    await withMongodb(first.url, async (client) => {
      const kept = client.db('chat4all').collection<{ _id: string; text: string }>('messages');
      await kept.insertOne({ _id: 'm1', text: 'hello' });
    });
    // Doing it again is doing it once.
    await form();
    await servers().restartFirst();
    await withMongodb(first.url, async (client) => {
      const { members = [] } = (await readReplicaSet(client)) ?? {};
      expect(members.map(({ host }) => host)).toEqual(hosts);
      const found = await client.db('chat4all').collection('messages').countDocuments({ text: 'hello' });
      expect(found).toBe(1);
    });
    const status = await withMongodb(second.url, readReplicaSet);
    expect(status?.set).toBe('rs0');
  }, 90_000);

  it('lets a member go again', async () => {
    const [first, , third] = servers().set;
    if (first === undefined || third === undefined) throw new Error('three are needed');
    await withMongodb(first.url, async (client) => {
      await expect.poll(() => stateOf(client, first.host), { timeout: 30_000 }).toBe('PRIMARY');
      await removeMember(client, third.host);
      await removeMember(client, third.host);
      expect((await readReplicaSet(client))?.members).toHaveLength(2);
    });
  }, 60_000);
}

const stateOf = async (client: Parameters<typeof readReplicaSet>[0], host: string) =>
  (await readReplicaSet(client))?.members.find((member) => member.host === host)?.state;
