import type { Reading } from './reading.ts';

/** What a MongoDB server says of itself (serverStatus, currentOp). What may be left out is unknown to a worker of before. */
export interface MongodbReadings {
  version: string;
  /** `serverStatus().connections`, the runbook's own check. */
  connections: { current: number; available: number };
  /** Used connections of all there are, 0 to 1. */
  poolUtilization: Reading;
  /** WiredTiger's cache; it does not follow the container's limit. */
  cacheMaxBytes: Reading;
  cacheUsedBytes: Reading;
  /** Operations in work for longer than 100 ms now. */
  slowOperations: Reading;
  /** All of its databases on the disk. */
  dataBytes?: Reading;
  /** Of the set that it is in. */
  members?: ReplicaSetMember[];
}

export type ReplicaSetMemberState =
  'PRIMARY' | 'SECONDARY' | 'ARBITER' | 'STARTUP' | 'STARTUP2' | 'RECOVERING' | 'DOWN' | 'OTHER';

export interface ReplicaSetMember {
  host: string;
  state: ReplicaSetMemberState;
  /** Behind the PRIMARY; left out where nobody could say. */
  lagMs?: number;
}

export interface ReplicaSetStatus {
  set: string;
  members: ReplicaSetMember[];
}
