import { formatMs } from './format.ts';

/** A member of a set: the service that runs it, and the host under which clients and the other members reach it. */
export interface SetMember {
  node: string;
  host: string;
}

export type ReplicaSetOperation = InitiateReplicaSet | JoinReplicaSet | GiveVotes;

/** The standing node becomes the first and only member, with the data that it has, and elects itself. */
export interface InitiateReplicaSet {
  kind: 'initiateReplicaSet';
  service: string;
  /** Name in `databases` of the catalog. */
  database: string;
  set: string;
  host: string;
  /** It takes no writes until it is PRIMARY: what that may take. */
  budgetMs: number;
  /** It ran without a set before, and is put back to that; one that waited for its set cannot be. */
  isUndoable: boolean;
  at: 'apply' | 'undo';
}

/**
 * A node becomes a member without a vote: while it copies the data it counts for nothing, so that a node that never comes up cannot
 * take the majority away from the PRIMARY.
 */
export interface JoinReplicaSet {
  kind: 'joinReplicaSet';
  service: string;
  database: string;
  set: string;
  member: SetMember;
  at: 'apply' | 'undo';
}

/** Members that have the data get a vote and can be elected, one after the other, as MongoDB wants it. */
export interface GiveVotes {
  kind: 'giveVotes';
  service: string;
  database: string;
  set: string;
  hosts: readonly string[];
  at: 'apply' | 'undo';
}

export type ReplicaSetCheck =
  /** The node of each service answers. */
  | { kind: 'nodesAnswer'; service: string; nodes: readonly string[]; port: number }
  | { kind: 'memberIsSecondary'; service: string; database: string; host: string }
  /** One PRIMARY, every other SECONDARY, all with a vote; a write that all acknowledge, and the documents of each collection counted. */
  | {
      kind: 'replicaSetFormed';
      service: string;
      database: string;
      set: string;
      members: readonly SetMember[];
    };

/** The operation that puts it back; `null` where nothing does. */
export const undoOfReplicaSet = (operation: ReplicaSetOperation): ReplicaSetOperation | null => {
  if (operation.kind === 'initiateReplicaSet' && !operation.isUndoable) return null;
  return { ...operation, at: operation.at === 'apply' ? 'undo' : 'apply' };
};

/** How an operation on a replica set reads in a plan. */
export const replicaSetChangeOf = (operation: ReplicaSetOperation): { mark: string; change: string } => {
  const { set } = operation;
  const isApply = operation.at === 'apply';
  switch (operation.kind) {
    case 'initiateReplicaSet':
      return {
        mark: '~',
        change: isApply
          ? `${set} initiated with ${operation.host}, PRIMARY within ${formatMs(operation.budgetMs)}`
          : `${set} ends with the container that ran before`,
      };
    case 'joinReplicaSet': {
      const { host } = operation.member;
      return isApply
        ? { mark: '+', change: `${host} in ${set}, without a vote yet` }
        : { mark: '-', change: `${host} out of ${set}` };
    }
    case 'giveVotes':
      return {
        mark: '~',
        change: `${isApply ? 'a vote for' : 'no vote for'} ${operation.hosts.join(', ')}`,
      };
  }
};

/** What a check waits for, as the end of a sentence. */
export const replicaSetCheckText = (check: ReplicaSetCheck): string => {
  switch (check.kind) {
    case 'nodesAnswer':
      return `${check.nodes.join(', ')} ${check.nodes.length === 1 ? 'answers' : 'answer'}`;
    case 'memberIsSecondary':
      return `${check.host} is SECONDARY, with all the data`;
    case 'replicaSetFormed':
      return `${check.set} has one PRIMARY and ${check.members.length - 1} SECONDARY, each with every document`;
  }
};
