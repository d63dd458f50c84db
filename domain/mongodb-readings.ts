import type { Reading } from './reading.ts';

/** What a MongoDB server says of itself (serverStatus, currentOp). */
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
}

export type ReplicaSetMemberState =
  'PRIMARY' | 'SECONDARY' | 'STARTUP' | 'STARTUP2' | 'RECOVERING' | 'DOWN' | 'OTHER';

export interface ReplicaSetStatus {
  set: string;
  members: { host: string; state: ReplicaSetMemberState }[];
}
