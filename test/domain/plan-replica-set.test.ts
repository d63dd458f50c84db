import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../domain/catalog.ts';
import type { MongodbNode } from '../../domain/mongodb-node.ts';
import { planReplicaSet, type ReplicaSetPlanInput } from '../../domain/plan-replica-set.ts';
import { needsWord } from '../../domain/plan-resize.ts';
import { renderPlan } from '../../domain/render.ts';
import { missingDocuments } from '../../domain/replica-set-copies.ts';
import { replicaSetUri } from '../../domain/replica-set-notes.ts';
import { secondariesOf, withReplSet } from '../../domain/replica-set-steps.ts';
import { undoPlan } from '../../domain/undo.ts';
import { reading } from './builders.ts';

const GIB = 2 ** 30;

const catalog: Catalog = {
  environment: 'shop',
  platform: { kind: 'simulated', seed: 1 },
  databases: {
    orders: {
      kind: 'mongodb',
      service: 'mongodb',
      url: 'env:MONGO',
      dependants: ['message-service'],
      stopGraceMs: 30_000,
    },
  },
  services: {},
  emergency: { steps: [] },
};

const node: MongodbNode = {
  isTold: true,
  port: 27_017,
  dataFolder: '/data/db',
  hasAuthentication: false,
  databaseName: 'shop',
  dataBytes: reading(GIB),
};

const second = 'mongodb-secondary-1:27017';
const third = 'mongodb-secondary-2:27017';
const member = (host: string, votes = 1) => ({
  host,
  state: host === 'mongodb:27017' ? ('PRIMARY' as const) : ('SECONDARY' as const),
  votes,
});
const inSet = (...members: ReturnType<typeof member>[]): MongodbNode => ({
  ...node,
  replSet: 'rs0',
  set: { name: 'rs0', self: 'mongodb:27017', members },
});
const nodeCommand = ['mongod', '--replSet', 'rs0', '--bind_ip_all'];

const planOf = ({ container: seen, ...more }: Partial<ReplicaSetPlanInput> = {}) =>
  planReplicaSet({
    catalog,
    catalogHash: 'hash',
    observedAtMs: Date.UTC(2026, 10, 24, 10, 15),
    database: 'orders',
    container: {
      name: 'shop-mongodb',
      service: 'mongodb',
      command: ['mongod', '--wiredTigerCacheSizeGB', '1'],
      limits: { cpus: 2, memoryBytes: 4 * GIB },
      isOutdated: false,
      cpuOfLimit: reading(0.95),
      memoryOfLimit: reading(0.5),
      memoryBytes: reading(2 * GIB),
      host: { cpus: 8, memoryBytes: 64 * GIB, availableMemoryBytes: reading(32 * GIB) },
      diskFreeBytes: reading(100 * GIB),
      ...seen,
    },
    readings: {
      version: '7.0.14',
      connections: { current: 40, available: 51_160 },
      poolUtilization: reading(0.01),
      cacheMaxBytes: reading(GIB),
      cacheUsedBytes: reading(GIB),
      slowOperations: reading(0),
    },
    node,
    taken: { services: {}, volumes: [] },
    set: 'rs0',
    secondaries: secondariesOf(catalog, 'orders'),
    acknowledged: false,
    backup: { kind: 'waived' },
    downtimeBudgetMs: 60_000,
    ...more,
  });

type Planned = ReturnType<typeof planOf>;
const operationsOf = (plan: Planned) => plan.steps.flatMap(({ operations }) => operations);
const kinds = (plan: Planned): string[] => operationsOf(plan).map(({ kind }) => kind);
const rules = (plan: Planned): string[] => plan.refusals.map(({ rule }) => rule);
const container = (more: object) => ({ container: more as ReplicaSetPlanInput['container'] });

describe('a MongoDB that stands alone', () => {
  it('restarts once, is initiated right behind that, and takes members in that vote when they have the data', () => {
    const plan = planOf();
    expect(plan.refusals).toEqual([]);
    expect(kinds(plan)).toEqual([
      'editComposeFile',
      'replaceContainer',
      'initiateReplicaSet',
      'addServices',
      'joinReplicaSet',
      'joinReplicaSet',
      'giveVotes',
    ]);
    expect(plan.steps.map(({ id }) => id)).toEqual([
      'restart',
      'nodes',
      'join-mongodb-secondary-1',
      'join-mongodb-secondary-2',
      'votes',
      'proof',
    ]);
    expect(plan.steps.flatMap(({ checks }) => checks.map(({ kind }) => kind))).toEqual([
      'nodesAnswer',
      'memberIsSecondary',
      'memberIsSecondary',
      'replicaSetFormed',
    ]);
    expect(needsWord(plan)).toBe(true);
    // One budget until it answers again, and one until it has elected itself: it takes writes after both.
    expect(plan.downtime).toMatchObject({ dependants: ['message-service'], budgetMs: 120_000 });
  });

  it('keeps its command and its data; the new nodes are like it, each with a volume of its own', () => {
    const [edit, , , added] = operationsOf(planOf());
    const command = ['mongod', '--wiredTigerCacheSizeGB', '1', '--replSet', 'rs0', '--bind_ip_all'];
    expect(edit).toMatchObject({ edits: { mongodb: { command } } });
    expect(added).toMatchObject({
      added: {
        'mongodb-secondary-1': {
          like: 'mongodb',
          containerName: 'shop-mongodb-secondary-1',
          command,
          volumes: { 'mongodb-secondary-1-data': '/data/db' },
        },
      },
    });
  });

  it('has another copy of the compose file for each of its two changes: an undo of one leaves the other', () => {
    const backups = operationsOf(planOf()).flatMap((operation) =>
      'backup' in operation ? [operation.backup] : [],
    );
    expect(backups).toEqual([
      'docker-compose.yml.backup.20261124_101500',
      'docker-compose.yml.backup.20261124_101500.nodes',
    ]);
  });

  it('is undone newest first: votes, members, nodes, container, file', () => {
    const undo = undoPlan(operationsOf(planOf()));
    expect(undo.map(({ kind }) => kind)).toEqual([
      'giveVotes',
      'joinReplicaSet',
      'joinReplicaSet',
      'removeServices',
      'initiateReplicaSet',
      'replaceContainer',
      'restoreComposeFile',
    ]);
    expect(undo.flatMap((operation) => ('at' in operation ? [operation.at] : []))).toEqual(
      Array.from({ length: 5 }, () => 'undo'),
    );
  });

  it('tells clients the URI, and whoever approves what they agree to', () => {
    const text = renderPlan(planOf());
    expect(text).toContain(`mongodb://mongodb:27017,${second},${third}/shop?replicaSet=rs0`);
    expect(text).toContain('mongodb stops once, for at most 2 min');
    expect(text).toContain('message-service cannot reach mongodb meanwhile');
    expect(text).toContain('directConnection=true');
    expect(text).toContain('keeps the configuration of rs0');
    expect(text).toContain('rs0 initiated with mongodb:27017');
    expect(text).toContain('has one PRIMARY and 2 SECONDARY');
  });

  it('says the cause that was measured, and asks where there is none', () => {
    expect(planOf().steps[0]?.causes[0]?.rule).toBe('mongodb.cpu');
    const uncalled = planOf(container({ cpuOfLimit: reading(0.1) }));
    expect(uncalled.steps[0]?.causes[0]?.rule).toBe('database.asked');
    expect(uncalled.notes.map(({ rule }) => rule)).toContain('database.not-called-for');
  });

  it('has the same hash a second later, and another one for another set', () => {
    expect(planOf({ observedAtMs: Date.UTC(2026, 10, 24, 10, 15, 0, 400) }).hash).toBe(planOf().hash);
    expect(planOf({ set: 'prod' }).hash).not.toBe(planOf().hash);
  });
});

describe('a set that is there already', () => {
  const services = { 'mongodb-secondary-1': nodeCommand, 'mongodb-secondary-2': nodeCommand };

  it('that is whole is left alone', () => {
    const whole = inSet(member('mongodb:27017'), member(second), member(third));
    const plan = planOf({ node: whole, taken: { services, volumes: [] }, backup: undefined });
    expect(plan.steps).toEqual([]);
    expect(plan.refusals).toEqual([]);
    expect(plan.finding).toBe('mongodb is in rs0 of 3 members already');
  });

  it('of one gets its others without a restart and without a word on a backup', () => {
    const plan = planOf({ node: inSet(member('mongodb:27017')), backup: undefined });
    expect(kinds(plan)).toEqual(['addServices', 'joinReplicaSet', 'joinReplicaSet', 'giveVotes']);
    expect(plan.downtime).toBeUndefined();
    expect(needsWord(plan)).toBe(false);
  });

  it('that was left half made is gone on with: what is there is not made again', () => {
    const half = inSet(member('mongodb:27017'), member(second, 0));
    const plan = planOf({
      node: half,
      taken: { services: { 'mongodb-secondary-1': nodeCommand }, volumes: ['mongodb-secondary-1-data'] },
    });
    expect(kinds(plan)).toEqual(['addServices', 'joinReplicaSet', 'giveVotes']);
    expect(operationsOf(plan).at(-1)).toMatchObject({ hosts: [second, third] });
  });

  it('and that nobody initiated cannot be undone, which somebody has to know', () => {
    const waiting = { ...node, replSet: 'rs0' };
    expect(rules(planOf({ node: waiting, backup: undefined }))).toEqual(['replica-set.acknowledge']);
    const plan = planOf({ node: waiting, acknowledged: true, backup: undefined });
    expect(kinds(plan)[0]).toBe('initiateReplicaSet');
    expect(plan.steps[0]).toMatchObject({ id: 'initiate', undoable: false });
    expect(undoPlan(operationsOf(plan)).map(({ kind }) => kind)).not.toContain('initiateReplicaSet');
    expect(renderPlan(plan)).toContain('cannot be undone');
  });
});

describe('is refused up front, with what to do,', () => {
  const secondary = { ...member('mongodb:27017'), state: 'SECONDARY' as const };
  const cases: [string, Partial<ReplicaSetPlanInput>, string, RegExp][] = [
    [
      'for a password without a keyFile',
      { node: { ...node, hasAuthentication: true } },
      'replica-set.key-file',
      /openssl rand -base64 756.*--keyFile/s,
    ],
    [
      'for a user who may not see how it was started',
      { node: { ...node, isTold: false } },
      'replica-set.privileges',
      /clusterAdmin/,
    ],
    [
      'for a set of another name',
      { node: { ...inSet(member('mongodb:27017')) }, set: 'prod' },
      'replica-set.other',
      /rs0/,
    ],
    [
      'for a set of another name that it was in before',
      { node: { ...node, left: { name: 'prod', hosts: ['mongodb:27017'] } } },
      'replica-set.other',
      /prod/,
    ],
    [
      'for others that it was in the set with, which may live',
      { node: { ...node, left: { name: 'rs0', hosts: ['mongodb:27017', 'elsewhere:27017'] } } },
      'replica-set.left',
      /set that lives/,
    ],
    ['on a node that is not PRIMARY', { node: inSet(secondary) }, 'replica-set.not-primary', /PRIMARY/],
    [
      'for a host that others do not reach',
      {
        node: {
          ...inSet(),
          set: {
            name: 'rs0',
            self: 'localhost:27017',
            members: [{ ...member('localhost:27017'), state: 'PRIMARY' }],
          },
        },
      },
      'replica-set.host',
      /rs\.reconfig/,
    ],
    ['for an even number of members', { secondaries: ['a', 'b', 'c'] }, 'replica-set.even', /even number/],
    ['for a name that is given twice', { secondaries: ['a', 'mongodb'] }, 'replica-set.name-twice', /own/],
    [
      'for a name that something else has',
      { taken: { services: { 'mongodb-secondary-2': ['redis-server'] }, volumes: [] } },
      'replica-set.name-taken',
      /other names/,
    ],
    [
      'for a name that only the compose file has',
      { taken: { services: { 'mongodb-secondary-2': null }, volumes: [] } },
      'replica-set.name-taken',
      /other names/,
    ],
    [
      'for a volume that has data of somebody',
      { taken: { services: {}, volumes: ['mongodb-secondary-1-data'] } },
      'replica-set.volume-taken',
      /remove the volume/,
    ],
    ['without a word on the backup', { backup: undefined }, 'downtime.backup', /waived/],
    ['where the file has changed', container({ isOutdated: true }), 'compose-file.drift', /up -d mongodb/],
    [
      'where the host has no room for two more',
      container({ limits: { memoryBytes: 20 * GIB } }),
      'replica-set.memory',
      /room/,
    ],
    [
      'where the disk has no room for two copies',
      { node: { ...node, dataBytes: reading(60 * GIB) } },
      'replica-set.disk',
      /room/,
    ],
  ];
  it.each(cases)('%s', (_, more, rule, remedy) => {
    const plan = planOf(more);
    expect(rules(plan)).toEqual([rule]);
    expect(plan.refusals[0]?.remedy).toMatch(remedy);
    expect(plan.steps).toEqual([]);
    expect(plan.downtime).toBeUndefined();
  });

  it('and not for what an undo of it left, nor where somebody knows that the others are gone', () => {
    const left = { name: 'rs0', hosts: ['mongodb:27017'] };
    expect(planOf({ node: { ...node, left } }).refusals).toEqual([]);
    const gone = { ...left, hosts: ['mongodb:27017', 'gone:27017'] };
    expect(planOf({ node: { ...node, left: gone }, acknowledged: true }).refusals).toEqual([]);
  });

  it('and not with a keyFile, whose members copy it from the compose file', () => {
    const plan = planOf({ node: { ...node, hasAuthentication: true, keyFile: '/run/secrets/rs0' } });
    expect(plan.refusals).toEqual([]);
    expect(plan.notes.find(({ rule }) => rule === 'replica-set.uri')?.message).toContain('authSource');
  });
});

describe('the command of a member', () => {
  it.each([
    [[], ['mongod', '--replSet', 'rs0', '--bind_ip_all']],
    [
      ['mongod', '--bind_ip', '127.0.0.1', '--quiet'],
      ['mongod', '--quiet', '--replSet', 'rs0', '--bind_ip_all'],
    ],
    [
      ['mongod', '--replSet=old', '--bind_ip=::1'],
      ['mongod', '--replSet', 'rs0', '--bind_ip_all'],
    ],
  ])('%j becomes %j', (command, wanted) => {
    expect(withReplSet(command, 'rs0')).toEqual(wanted);
  });

  it('is the same when it is put twice', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('--quiet', '--auth', '--port=1', '--bind_ip_all')), (flags) => {
        const once = withReplSet(['mongod', ...flags], 'rs0');
        expect(withReplSet(once, 'rs0')).toEqual(once);
      }),
    );
  });
});

describe('a copy', () => {
  it('may lie between what was there before and after it was counted, and nowhere else', () => {
    const originals = [{ orders: 10 }, { orders: 14 }];
    for (const orders of [10, 12, 14]) expect(missingDocuments(originals, { orders })).toEqual([]);
    expect(missingDocuments(originals, { orders: 9 })).toEqual([
      'orders has 9 documents, 10 to 14 in the original',
    ]);
    expect(missingDocuments(originals, {})).toHaveLength(1);
    expect(missingDocuments([{ orders: 10 }, { orders: 10 }], { orders: 11 })).toEqual([
      'orders has 11 documents, 10 in the original',
    ]);
  });

  it('of a collection that is written and deleted from is judged by all that was counted', () => {
    const originals = [{ sessions: 90 }, { sessions: 110 }, { sessions: 100 }, { sessions: 100 }];
    expect(missingDocuments(originals, { sessions: 97 })).toEqual([]);
    expect(missingDocuments(originals, { sessions: 40 })).toHaveLength(1);
  });

  it('is not asked for a collection that came or went away meanwhile', () => {
    expect(missingDocuments([{ gone: 3 }, {}], {})).toEqual([]);
    expect(missingDocuments([{}, { made: 3 }], {})).toEqual([]);
  });
});

it('the URI names every member, and no database where there is none', () => {
  expect(replicaSetUri(['a:1', 'b:2'], 'rs0')).toBe('mongodb://a:1,b:2/?replicaSet=rs0');
});
