import type { Document } from 'bson';
import { askPeer } from './peer.ts';
import { createReplication } from './replication.ts';
import type { Entry, Store } from './store.ts';

interface Member {
  _id: number;
  host: string;
  votes?: number;
  priority?: number;
}

export interface ReplicaSetState {
  config?: { _id: string; version: number; members: Member[] };
  self?: number;
  primary?: number;
}

export interface ReplicaSet {
  hello(): Document;
  isWritable(): boolean;
  isReadable(): boolean;
  /** Every change of the store. */
  noted(entry: Entry): void;
  /** Resolves when the write concern of a command is met; gives MongoDB's own error when it is not in time. */
  acknowledged(command: Document): Promise<Document>;
  /** `local.system.replset`: what it goes on from when it starts with --replSet. */
  config(): Document | undefined;
  run(name: string, command: Document): Document | Promise<Document>;
  close(): void;
}

const electionMs = 500;
const pingMs = 1_000;
/** How long a PRIMARY goes on without a word of the others; ten seconds in MongoDB. */
const stepDownMs = 3_000;

/**
 * A replica set as the manual tells of it: a node that was started with --replSet takes no writes until it is initiated and is elected after a
 * moment; a member that is added copies the documents (STARTUP2) and follows from then on (SECONDARY); a PRIMARY without the majority of
 * the votes steps down. Nobody is elected in place of a PRIMARY that is gone: it stands in for making a set, not for a fail-over.
 */
export const createReplicaSet = (
  replSet: string | undefined,
  state: ReplicaSetState,
  keep: (state: ReplicaSetState) => void,
  store: Store,
): ReplicaSet => {
  if (replSet !== undefined && state.config !== undefined && state.config._id !== replSet)
    throw new Error(`the set is ${state.config._id}, not ${replSet}`);
  const replication = createReplication(store);
  let electedAtMs = Date.now() + electionMs;
  let patienceUntilMs = Date.now() + stepDownMs;
  const isPrimary = (): boolean => state.config !== undefined && state.self === state.primary;
  const votersOf = (): Member[] => (state.config?.members ?? []).filter(({ votes = 1 }) => votes > 0);
  const hasMajority = (): boolean => {
    if (Date.now() < patienceUntilMs) return true;
    const since = Date.now() - stepDownMs;
    const voters = votersOf();
    const seen = voters.filter(({ _id }) => _id === state.self || replication.seenAtMs(_id) > since);
    return seen.length * 2 > voters.length;
  };
  const isElected = (): boolean => isPrimary() && Date.now() >= electedAtMs && hasMajority();
  const isSecondary = (): boolean =>
    state.config !== undefined && !isElected() && (isPrimary() || replication.isSynced());
  const hostOf = (id: number | undefined): string | undefined =>
    state.config?.members.find(({ _id }) => _id === id)?.host;

  const follow = (): void => {
    if (replSet === undefined || state.config === undefined || isPrimary()) return;
    replication.follow(() => {
      const host = hostOf(state.primary);
      if (host === undefined || state.self === undefined || isPrimary()) return undefined;
      return { self: state.self, ask: (command) => askPeer(host, command, pingMs) };
    });
  };
  const adopt = (next: ReplicaSetState): void => {
    Object.assign(state, next);
    patienceUntilMs = Date.now() + stepDownMs;
    keep(state);
    follow();
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
    const { config, self } = state;
    if (config === undefined) return notInitialized;
    const isForced = command['force'] === true;
    if (!isElected() && !isForced)
      return failure(10_107, 'NotWritablePrimary', 'only the primary takes a reconfig');
    const next = command['replSetReconfig'] as NonNullable<ReplicaSetState['config']>;
    const wrong = next.members.find(({ votes = 1, priority = 1 }) => votes === 0 && priority > 0);
    if (wrong !== undefined)
      return failure(
        93,
        'InvalidReplicaSetConfig',
        `priority must be 0 when non-voting (votes:0): ${wrong.host}`,
      );
    if (next.version <= config.version)
      return failure(
        103,
        'NewReplicaSetConfigurationIncompatible',
        `version must be above ${config.version}`,
      );
    if (!isForced && votesChanged(config.members, next.members) > 1)
      return failure(103, 'NewReplicaSetConfigurationIncompatible', 'one voting member at a time');
    adopt({ config: next, ...(isForced && self !== undefined ? { primary: self } : {}) });
    await tellOthers();
    return { ok: 1 };
  };

  const join = (command: Document): Document => {
    const config = command['config'] as NonNullable<ReplicaSetState['config']>;
    if (config._id !== replSet) return failure(93, 'InvalidReplicaSetConfig', 'another set');
    const isSame = config.version === state.config?.version && command['primary'] === state.primary;
    if (!isSame) adopt({ config, primary: Number(command['primary']), self: Number(command['self']) });
    return { ok: 1 };
  };

  const stateOf = async (member: Member): Promise<Document> => {
    if (member._id === state.self) return row(member, isElected() ? 1 : isSecondary() ? 2 : 5, 1);
    const answer = await askPeer(member.host, { hello: 1 }, pingMs).catch(() => undefined);
    if (answer === undefined) return row(member, 8, 0);
    if (answer['isWritablePrimary'] === true && member._id === state.primary) return row(member, 1, 1);
    return row(member, answer['secondary'] === true ? 2 : 5, 1);
  };

  const status = async (): Promise<Document> => {
    const { config } = state;
    if (config === undefined) return notInitialized;
    await tellOthers();
    const members = await Promise.all(config.members.map(stateOf));
    return { set: config._id, myState: isElected() ? 1 : 2, members, ok: 1 };
  };

  follow();
  return {
    isWritable: () => (replSet === undefined ? true : isElected()),
    isReadable: () => replSet === undefined || isElected() || isSecondary(),
    noted: (entry) => replication.noted(entry),
    acknowledged: async ({ writeConcern }) => {
      const { w = 1, wtimeout = 10_000 } = (writeConcern ?? {}) as { w?: number | string; wtimeout?: number };
      const wanted = typeof w === 'number' ? w : Math.floor(votersOf().length / 2) + 1;
      if (replSet === undefined || wanted <= 1 || (await replication.copied(wanted, wtimeout))) return {};
      const errmsg = 'waiting for replication timed out';
      return { writeConcernError: { code: 64, codeName: 'WriteConcernFailed', errmsg } };
    },
    hello: () => {
      if (replSet === undefined) return {};
      const { config, self } = state;
      if (config === undefined)
        return { isWritablePrimary: false, ismaster: false, secondary: false, isreplicaset: true };
      return {
        setName: config._id,
        setVersion: config.version,
        hosts: config.members.map(({ host }) => host),
        primary: hostOf(state.primary),
        me: hostOf(self),
        isWritablePrimary: isElected(),
        ismaster: isElected(),
        secondary: isSecondary(),
      };
    },
    run: (name, command) => {
      if (replSet === undefined)
        return failure(76, 'NoReplicationEnabled', 'This node was not started with replication enabled.');
      switch (name) {
        case 'replSetInitiate':
          return initiate(command);
        case 'replSetReconfig':
          return reconfig(command);
        case 'replSetGetConfig':
          return state.config === undefined ? notInitialized : { config: state.config, ok: 1 };
        case 'standinJoin':
          return join(command);
        case 'standinPull':
          return isPrimary() && hostOf(Number(command['self'])) !== undefined
            ? replication.serve(command)
            : failure(93, 'InvalidReplicaSetConfig', 'not a member');
        default:
          return status();
      }
    },
    config: () => state.config,
    close: () => replication.stop(),
  };
};

/** Members that get, lose or change a vote. */
const votesChanged = (before: readonly Member[], after: readonly Member[]): number => {
  const votes = (members: readonly Member[], id: number): number => {
    const member = members.find(({ _id }) => _id === id);
    return member === undefined ? 0 : (member.votes ?? 1);
  };
  const ids = new Set([...before, ...after].map(({ _id }) => _id));
  return [...ids].filter((id) => votes(before, id) !== votes(after, id)).length;
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

const notInitialized = failure(94, 'NotYetInitialized', 'no replset config has been received');
