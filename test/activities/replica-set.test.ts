import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leaveSet, takeVotes } from '../../activities/leave-replica-set.ts';
import { withMongodb } from '../../adapters/mongodb/connect.ts';
import { readConfig, readReplicaSet } from '../../adapters/mongodb/read-replica-set.ts';
import { startStandin, type Standin } from '../../demo/mongodb-standin/server.ts';
import type { Replica } from '../../domain/observation.ts';
import { catalogFor, fixtureFor, type Fixture } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

/** Servers that are NAMED STAND-INS for mongod: see demo/mongodb-standin/server.ts. */
let folder: string;
let servers: Record<string, Standin>;
let platform: LocalPlatform;
let fixture: Fixture;

const nodes = ['first', 'second', 'third'];
const hostOf = (node: string): string => `127.0.0.1:${servers[node]?.port}`;
const urlOf = (node: string): string => `mongodb://${hostOf(node)}/shop`;
const members = () => nodes.map((node) => ({ node, host: hostOf(node) }));
const write = { operationId: 'form/x', fencingToken: 1, database: 'orders' };

const start = async (node: string, port = 0): Promise<void> => {
  servers[node] = await startStandin({
    port,
    folder: join(folder, node),
    replSet: 'rs0',
    log: () => undefined,
  });
};
const replica = (service: string): Replica => ({
  id: service,
  name: service,
  service,
  number: 1,
  state: 'running',
  health: 'starting',
  createdAtMs: 0,
  restartCount: 0,
  address: '127.0.0.1',
  limits: {},
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-set-'));
  servers = {};
  await Promise.all(nodes.map((node) => start(node)));
  platform = await startLocalPlatform();
  for (const node of nodes) platform.replicas[node] = [replica(node)];
  const catalog = {
    ...catalogFor(platform),
    databases: {
      orders: { kind: 'mongodb' as const, service: 'first', url: 'env:URL', stopGraceMs: 1_000 },
    },
  };
  fixture = fixtureFor(platform, {
    loadCatalog: async () => ({ catalog, hash: 'hash' }),
    resolveSecret: async () => urlOf('first'),
  });
});
afterEach(async () => {
  await Promise.all(Object.values(servers).map((server) => server.close()));
  await platform.close();
  await rm(folder, { recursive: true, force: true });
});

const initiated = (budgetMs = 10_000, scheduledAtMs = Date.now()) =>
  fixture.run(
    (activities) => activities.initiateReplicaSet({ ...write, set: 'rs0', host: hostOf('first'), budgetMs }),
    { scheduledAtMs },
  );
const joined = async (node: string): Promise<void> => {
  const member = { node, host: hostOf(node) };
  await fixture.run((activities) => activities.joinReplicaSet({ ...write, member }));
  await fixture.run((activities) =>
    activities.waitForMember({ database: 'orders', host: member.host, timeoutMs: 10_000 }),
  );
};
const voting = (): Promise<unknown> =>
  fixture.run((activities) => activities.giveVotes({ ...write, hosts: [hostOf('second'), hostOf('third')] }));
const proved = (timeoutMs = 10_000) =>
  fixture.run((activities) =>
    activities.proveReplicaSet({ database: 'orders', set: 'rs0', members: members(), timeoutMs }),
  );
const hostsInSet = (): Promise<string[] | undefined> =>
  withMongodb(urlOf('first'), async (client) => (await readConfig(client))?.members.map(({ host }) => host));

describe('a set that is formed', () => {
  it('has the documents of the first in every member, counted', async () => {
    await initiated();
    await withMongodb(urlOf('first'), (client) =>
      client
        .db()
        .collection<{ _id: number }>('orders')
        .insertMany(Array.from({ length: 1_500 }, (_, _id) => ({ _id }))),
    );
    await joined('second');
    await joined('third');
    await voting();
    const { facts } = await proved();
    expect(facts.join('\n')).toContain('a write was acknowledged by all 3 members');
    expect(facts.filter((fact) => /^(second|third) has 1500 documents/.test(fact))).toHaveLength(2);
  });

  it('is not said to be one while a member has no vote', async () => {
    await initiated();
    await joined('second');
    await joined('third');
    await expect(proved(300)).rejects.toMatchObject({ type: 'ClusterNotFormed' });
  });

  it('is the same when each part is done twice', async () => {
    for (const _ of [1, 2]) {
      await initiated();
      await joined('second');
    }
    expect(await hostsInSet()).toEqual([hostOf('first'), hostOf('second')]);
  });

  it('is read with what it is and what of the names is taken', async () => {
    platform.taken = async ({ services }) => ({ services: { [services[0] ?? '']: null }, volumes: [] });
    const { node, taken } = await fixture.run((activities) =>
      activities.readMongodbNode({ database: 'orders', names: ['second', 'fourth'] }),
    );
    expect(node).toMatchObject({ isTold: true, replSet: 'rs0', databaseName: 'shop' });
    expect(taken.services).toEqual({ second: null });
  });
});

it('a first member that is not PRIMARY within what was allowed since it was asked for ends the wait', async () => {
  await expect(initiated(60_000, Date.now() - 61_000)).rejects.toMatchObject({
    type: 'DowntimeBudgetSpent',
    message: expect.stringContaining('1 min were allowed') as string,
  });
});

it('a member that copies is waited for over a new start of the first', async () => {
  await initiated();
  const { port = 0 } = servers['first'] ?? {};
  const member = { node: 'second', host: hostOf('second') };
  await fixture.run((activities) => activities.joinReplicaSet({ ...write, member }));
  await servers['first']?.close();
  const waiting = fixture.run((activities) =>
    activities.waitForMember({ database: 'orders', host: member.host, timeoutMs: 15_000 }),
  );
  await start('first', port);
  expect((await waiting).facts).toEqual([`${member.host} is SECONDARY`]);
});

describe('the way back', () => {
  it('takes votes and members, one after the other, and leaves the first PRIMARY', async () => {
    await initiated();
    await joined('second');
    await joined('third');
    await voting();
    const others = [hostOf('second'), hostOf('third')];
    await fixture.run((activities) => activities.takeVotes({ ...write, hosts: others }));
    for (const host of others.toReversed())
      await fixture.run((activities) => activities.leaveReplicaSet({ ...write, host }));
    expect(await hostsInSet()).toEqual([hostOf('first')]);
    const status = await withMongodb(urlOf('first'), readReplicaSet);
    expect(status?.members).toEqual([{ host: hostOf('first'), state: 'PRIMARY' }]);
  });

  it('goes by force where the others are gone and nobody is PRIMARY any more', async () => {
    await initiated();
    await joined('second');
    await joined('third');
    await voting();
    await Promise.all([servers['second']?.close(), servers['third']?.close()]);
    const stateNow = () =>
      withMongodb(urlOf('first'), async (client) => (await readReplicaSet(client))?.members[0]?.state);
    await expect.poll(stateNow, { timeout: 8_000, interval: 200 }).toBe('SECONDARY');
    const facts = await withMongodb(urlOf('first'), async (client) => [
      ...(await takeVotes(client, [hostOf('second'), hostOf('third')], { timeoutMs: 300 })),
      ...(await leaveSet(client, hostOf('third'), { timeoutMs: 300 })),
    ]);
    expect(facts[0]).toContain('by force');
    expect(await hostsInSet()).toEqual([hostOf('first')]);
    delete servers['second'];
    delete servers['third'];
  });
});

describe('nodes that were started', () => {
  const waited = (timeoutMs: number) =>
    fixture.run((activities) =>
      activities.waitForNodes({ nodes: ['second'], port: servers['second']?.port ?? 0, timeoutMs }),
    );

  it('are there when they answer, whatever their health check says yet', async () => {
    expect((await waited(5_000)).facts[0]).toMatch(/^second answered after/);
  });

  it('are named when they do not', async () => {
    platform.replicas['second'] = [];
    await expect(waited(100)).rejects.toMatchObject({
      type: 'ReplicaNotReady',
      message: expect.stringContaining('second') as string,
    });
  });

  it('that end at each start are not waited for', async () => {
    platform.replicas['second'] = [{ ...replica('second'), restartCount: 2 }];
    platform.say('second', 'exception in initAndListen: NonExistentPath');
    await expect(waited(60_000)).rejects.toMatchObject({ type: 'ReplicaCrashed' });
  });
});
