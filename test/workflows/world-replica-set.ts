import type { Activities } from '../../activities/contract.ts';
import type { MongodbNode } from '../../domain/mongodb-node.ts';
import { known } from '../../domain/reading.ts';
import type { TakenNames } from '../../domain/taken-names.ts';
import type { WorldDatabase } from './world-database.ts';

/** A MongoDB and its set, by host: the votes of each member. */
export interface WorldReplicaSet {
  /** `--replSet`, where it runs with one. */
  replSet: string | undefined;
  /** Left out while nothing was initiated. */
  votes: Record<string, number> | undefined;
  hasAuthentication: boolean;
  taken: TakenNames;
}

export const worldReplicaSet = (): WorldReplicaSet => ({
  replSet: undefined,
  votes: undefined,
  hasAuthentication: false,
  taken: { services: {}, volumes: [] },
});

type ReplicaSetActivities = Pick<
  Activities,
  | 'readMongodbNode'
  | 'initiateReplicaSet'
  | 'joinReplicaSet'
  | 'leaveReplicaSet'
  | 'giveVotes'
  | 'takeVotes'
  | 'waitForNodes'
  | 'waitForMember'
  | 'proveReplicaSet'
>;

/** `database`: the container that runs by the edited file is the one that has a set. */
export const replicaSetActivities = (
  set: WorldReplicaSet,
  database: WorldDatabase,
  begin: (...words: (string | number)[]) => Promise<void>,
): ReplicaSetActivities => ({
  async readMongodbNode() {
    await begin('readMongodbNode');
    return { node: nodeOf(set), taken: set.taken };
  },
  async initiateReplicaSet({ set: name, host }) {
    await begin('initiateReplicaSet', host);
    if (!database.isReplaced && set.replSet === undefined) throw new Error('it runs without --replSet');
    set.votes ??= { [host]: 1 };
    return { facts: [`${host} is PRIMARY of ${name}`] };
  },
  async joinReplicaSet({ member: { host } }) {
    await begin('joinReplicaSet', host);
    set.votes = { [host]: 0, ...set.votes };
    return { facts: [`${host} joined`] };
  },
  async leaveReplicaSet({ host }) {
    await begin('leaveReplicaSet', host);
    if (set.votes !== undefined) delete set.votes[host];
    return { facts: [`${host} left`] };
  },
  async giveVotes({ hosts }) {
    await begin('giveVotes', ...hosts);
    for (const host of hosts) set.votes = { ...set.votes, [host]: 1 };
    return { facts: hosts.map((host) => `${host} votes`) };
  },
  async takeVotes({ hosts }) {
    await begin('takeVotes', ...hosts);
    for (const host of hosts) set.votes = { ...set.votes, [host]: 0 };
    return { facts: hosts.map((host) => `${host} does not vote`) };
  },
  async waitForNodes({ nodes }) {
    await begin('waitForNodes', ...nodes);
    return { facts: [`${nodes.join(', ')} answer`] };
  },
  async waitForMember({ host }) {
    await begin('waitForMember', host);
    return { facts: [`${host} is SECONDARY`] };
  },
  async proveReplicaSet({ members }) {
    await begin('proveReplicaSet', members.length);
    return { facts: [`${members.length} members have the data`] };
  },
});

const nodeOf = ({ replSet, votes, hasAuthentication }: WorldReplicaSet): MongodbNode => ({
  isTold: true,
  port: 27_017,
  dataFolder: '/data/db',
  hasAuthentication,
  ...(replSet === undefined ? {} : { replSet }),
  ...(votes === undefined || replSet === undefined
    ? {}
    : {
        set: {
          name: replSet,
          self: 'mongodb:27017',
          members: Object.entries(votes).map(([host, count]) => ({
            host,
            state: host === 'mongodb:27017' ? ('PRIMARY' as const) : ('SECONDARY' as const),
            votes: count,
          })),
        },
      }),
  databaseName: 'chat4all',
  dataBytes: known(2 ** 30, 'world'),
});
