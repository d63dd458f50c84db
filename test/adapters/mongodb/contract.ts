import { expect, it } from 'vitest';
import { setCache } from '../../../adapters/mongodb/cache.ts';
import { withMongodb } from '../../../adapters/mongodb/connect.ts';
import { countDocuments, writeEverywhere } from '../../../adapters/mongodb/copies.ts';
import { readMongodb } from '../../../adapters/mongodb/read.ts';
import { readNode } from '../../../adapters/mongodb/node.ts';
import { readConfig, readReplicaSet, waitForState } from '../../../adapters/mongodb/read-replica-set.ts';
import {
  addMember,
  forceAlone,
  initiate,
  removeMember,
  setVote,
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
    expect(valueOf(readings.dataBytes)).toBeGreaterThanOrEqual(0);
    expect(readings.members).toBeUndefined();
  });

  it('takes another size of its cache while it runs, and says so', async () => {
    await withMongodb(servers().single, async (client) => {
      const bytes = 320 * 2 ** 20;
      expect(await setCache(client, bytes)).toContain('the cache has 320 MB');
      expect(valueOf((await readMongodb(client)).cacheMaxBytes)).toBe(bytes);
      expect(await setCache(client, bytes)).toBe('the cache has 320 MB already');
    });
  });

  it('says that it runs on its own, and how much a copy of it would take', async () => {
    const node = await withMongodb(servers().single, readNode);
    expect(node).toMatchObject({ isTold: true, hasAuthentication: false });
    expect(node.replSet).toBeUndefined();
    expect(node.set).toBeUndefined();
    expect(valueOf(node.dataBytes)).toBeGreaterThanOrEqual(0);
    expect(await withMongodb(servers().single, readReplicaSet)).toBeNull();
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
    const waiting = await withMongodb(first.url, readNode);
    expect(waiting).toMatchObject({ isTold: true, hasAuthentication: false, replSet: 'rs0' });
    expect(waiting.set).toBeUndefined();
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
    await withMongodb(first.url, (client) => writeEverywhere(client, 'mark', 3, 20_000));
    const there = await withMongodb(first.url, countDocuments);
    expect(there['chat4all.messages']).toBe(1);
    for (const { url } of [second, third])
      expect((await withMongodb(url, countDocuments))['chat4all.messages']).toBe(1);
    const { set } = await withMongodb(first.url, readNode);
    expect(set).toMatchObject({ name: 'rs0', self: first.host });
    expect(set?.members.map(({ votes }) => votes)).toEqual([1, 1, 1]);
    const { members = [] } = await withMongodb(first.url, readMongodb);
    expect(members.map(({ state }) => state)).toEqual(['PRIMARY', 'SECONDARY', 'SECONDARY']);
    for (const { lagMs = 0 } of members) expect(lagMs).toBeLessThan(30_000);
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

  it('takes a member that never comes up in without a vote, and says who is missing', async () => {
    const [first] = servers().set;
    if (first === undefined) throw new Error('one is needed');
    const nobody = '127.0.0.1:1';
    const options = { timeoutMs: 20_000 };
    await withMongodb(first.url, async (client) => {
      await addMember(client, nobody, options);
      const config = await readConfig(client);
      expect(config?.members.find(({ host }) => host === nobody)).toMatchObject({ votes: 0, priority: 0 });
      await expect(waitForState(client, nobody, 'SECONDARY', { timeoutMs: 300 })).rejects.toMatchObject({
        type: 'ClusterNotFormed',
        details: { host: nobody },
      });
      expect(await stateOf(client, first.host)).toBe('PRIMARY');
      await removeMember(client, nobody, options);
    });
  }, 60_000);

  it('is alone again by force, and begins with itself only where an old configuration is left', async () => {
    const [first, second] = servers().set;
    if (first === undefined || second === undefined) throw new Error('two are needed');
    const options = { timeoutMs: 30_000 };
    await withMongodb(first.url, async (client) => {
      await forceAlone(client, first.host);
      expect((await readConfig(client))?.members.map(({ host }) => host)).toEqual([first.host]);
      await addMember(client, second.host, options);
      const facts = await initiate(client, 'rs0', first.host, options);
      expect(facts.join()).toContain('configuration that was left');
      expect((await readConfig(client))?.members.map(({ host }) => host)).toEqual([first.host]);
      expect(await initiate(client, 'rs0', first.host, options)).toEqual([`${first.host} is PRIMARY`]);
    });
  }, 60_000);
}

const stateOf = async (client: Parameters<typeof readReplicaSet>[0], host: string) =>
  (await readReplicaSet(client))?.members.find((member) => member.host === host)?.state;
