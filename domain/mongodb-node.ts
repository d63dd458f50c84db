import type { ReplicaSetMemberState } from './mongodb-readings.ts';
import type { Reading } from './reading.ts';

/** How a MongoDB server was started, and the set that it is in: what decides how it becomes the first of three. */
export interface MongodbNode {
  /** The user of the catalog's URL may see how the server was started; nothing below is known otherwise. */
  isTold: boolean;
  port: number;
  /** Folder of its data, in the container. */
  dataFolder: string;
  hasAuthentication: boolean;
  /** Path of the file by which members of a set know each other. */
  keyFile?: string;
  /** `--replSet`, where it was started with it. */
  replSet?: string;
  /** The set that it is in; left out where none was initiated. */
  set?: MongodbSet;
  /** Of a node that runs alone: the set that it was in before, as its database `local` has it. */
  left?: { name: string; hosts: string[] };
  /** Of the URL: where clients keep their documents. Left out where the URL names none. */
  databaseName?: string;
  /** All that a new member has to copy. */
  dataBytes: Reading;
}

export interface MongodbSet {
  name: string;
  /** The host under which the set knows the node that was asked. */
  self?: string;
  members: { host: string; state: ReplicaSetMemberState; votes: number }[];
}
