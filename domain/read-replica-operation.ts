import type { AddedService } from './added-service.ts';

export type ReadReplicaOperation = AdmitReplica | AddReadReplica;

/** On the primary: a slot that keeps what the replica has not read yet, and a line of pg_hba.conf that lets it in. */
export interface AdmitReplica {
  kind: 'admitReplica';
  service: string;
  /** Name in `databases` of the catalog. */
  database: string;
  slot: string;
  at: 'apply' | 'undo';
}

/** A service with a base backup of the primary as its data, which then follows the primary through the slot. */
export interface AddReadReplica {
  kind: 'addReadReplica';
  service: string;
  database: string;
  slot: string;
  /** The one service of it, by its name. */
  added: Readonly<Record<string, AddedService>>;
  /** Where its data lies, in the container. */
  dataFolder: string;
  /** Name of the copy of the compose file. */
  backup: string;
  at: 'apply' | 'undo';
}

/** How an operation on a read replica reads in a plan. */
export const readReplicaChangeOf = (operation: ReadReplicaOperation): { mark: string; change: string } => {
  const isApply = operation.at === 'apply';
  if (operation.kind === 'admitReplica')
    return isApply
      ? { mark: '~', change: `slot ${operation.slot}, and a line of pg_hba.conf for it, live` }
      : { mark: '~', change: `without slot ${operation.slot} and its line of pg_hba.conf` };
  const names = Object.keys(operation.added).join(', ');
  return isApply
    ? { mark: '+', change: `${names} beside it, from a base backup` }
    : { mark: '-', change: `${names} beside it, with its volume` };
};
