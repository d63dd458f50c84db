import type { Document } from 'bson';
import { askPeer } from './peer.ts';

interface Member {
  _id: number;
  host: string;
}

export interface ReplicaSetState {
  config?: { _id: string; version: number; members: Member[] };
  self?: number;
  primary?: number;
}

export interface ReplicaSet {
  hello(): Document;
  isWritable(): boolean;
  run(name: string, command: Document): Document | Promise<Document>;
}

const electionMs = 500;
const syncMs = 700;
const pingMs = 1_000;

/**
 * The states of a replica set as the manual tells them: a node that was started with --replSet takes no writes until it is
 * initiated, is elected after a moment, and members that are added go through STARTUP2 to SECONDARY. Documents are NOT
 * replicated, and nobody is elected in place of a primary that is gone: it stands in for the set-up of a set, not for a set.
 */
export const createReplicaSet = (
  replSet: string | undefined,
  state: ReplicaSetState,
  keep: (state: ReplicaSetState) => void,
): ReplicaSet => {
  let electedAtMs = Date.now() + electionMs;
  const firstSeenMs = new Map<string, number>();
  const isPrimary = (): boolean => state.config !== undefined && state.self === state.primary;
  const isElected = (): boolean => isPrimary() && Date.now() >= electedAtMs;

  const adopt = (next: ReplicaSetState): void => {
    Object.assign(state, next);
    keep(state);
  };
  const tellOthers = async (): Promise<void> => {
    const { config, primary, self } = state;
    if (config === undefined || self !== primary) return;
    const others = config.members.filter(({ _id }) => _id !== self);
    await Promise.allSettled(
      others.map(({ host, _id }) => askPeer(host, { standinJoin: 1, config, primary, self: _id }, pingMs)),
    );
  };

  const initiate = (command: Document): Document => {
    if (replSet === undefined)
      return failure(76, 'NoReplicationEnabled', 'This node was not started with replication enabled.');
    if (state.config !== undefined) return failure(23, 'AlreadyInitialized', 'already initialized');
    const config = command['replSetInitiate'] as { _id: string; members: Member[] };
    if (config._id !== replSet)
      return failure(93, 'InvalidReplicaSetConfig', `set name ${config._id} does not match --replSet`);
    const self = config.members[0]?._id ?? 0;
    electedAtMs = Date.now() + electionMs;
    adopt({ config: { ...config, version: 1 }, self, primary: self });
    return { ok: 1 };
  };

  const reconfig = async (command: Document): Promise<Document> => {
    if (!isElected()) return failure(10_107, 'NotWritablePrimary', 'only the primary takes a reconfig');
    const next = command['replSetReconfig'] as NonNullable<ReplicaSetState['config']>;
    const { version = 0, members = [] } = state.config ?? {};
    if (next.version <= version)
      return failure(103, 'NewReplicaSetConfigurationIncompatible', `version must be above ${version}`);
    if (Math.abs(next.members.length - members.length) > 1)
      return failure(103, 'NewReplicaSetConfigurationIncompatible', 'one voting member at a time');
    adopt({ config: next });
    await tellOthers();
    return { ok: 1 };
  };

  const stateOf = async (member: Member): Promise<Document> => {
    const own = member._id === state.self;
    if (own) return row(member, isElected() ? 1 : 2, 1);
    const alive = await askPeer(member.host, { hello: 1 }, pingMs).then(
      () => true,
      () => false,
    );
    if (!alive) return row(member, 8, 0);
    const since = firstSeenMs.get(member.host) ?? Date.now();
    firstSeenMs.set(member.host, since);
    return row(member, Date.now() - since < syncMs ? 5 : 2, 1);
  };

  const status = async (): Promise<Document> => {
    const { config } = state;
    if (config === undefined) return failure(94, 'NotYetInitialized', 'no replset config has been received');
    await tellOthers();
    const members = await Promise.all(config.members.map(stateOf));
    return { set: config._id, myState: isElected() ? 1 : 2, members, ok: 1 };
  };

  return {
    isWritable: () => (replSet === undefined ? true : isElected()),
    hello: () => {
      if (replSet === undefined) return {};
      const { config, self } = state;
      if (config === undefined)
        return { isWritablePrimary: false, ismaster: false, secondary: false, isreplicaset: true };
      const hostOf = (id: number | undefined) => config.members.find(({ _id }) => _id === id)?.host;
      return {
        setName: config._id,
        setVersion: config.version,
        hosts: config.members.map(({ host }) => host),
        primary: hostOf(state.primary),
        me: hostOf(self),
        isWritablePrimary: isElected(),
        ismaster: isElected(),
        secondary: !isElected(),
      };
    },
    run: (name, command) => {
      switch (name) {
        case 'replSetInitiate':
          return initiate(command);
        case 'replSetReconfig':
          return reconfig(command);
        case 'replSetGetConfig':
          return state.config === undefined
            ? failure(94, 'NotYetInitialized', 'no replset config has been received')
            : { config: state.config, ok: 1 };
        case 'standinJoin':
          adopt({ config: command['config'], primary: command['primary'], self: command['self'] });
          return { ok: 1 };
        default:
          return status();
      }
    },
  };
};

const names: Readonly<Record<number, string>> = {
  1: 'PRIMARY',
  2: 'SECONDARY',
  5: 'STARTUP2',
  8: '(not reachable/healthy)',
};

const row = ({ _id, host }: Member, state: number, health: number): Document => ({
  _id,
  name: host,
  health,
  state,
  stateStr: names[state],
});

const failure = (code: number, codeName: string, errmsg: string): Document => ({
  ok: 0,
  errmsg,
  code,
  codeName,
});
