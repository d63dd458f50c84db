import type { PostgresSetting } from './postgres-settings.ts';
import type { Reading } from './reading.ts';

/** What a PostgreSQL server says of itself. What may be left out is unknown to a worker of before. */
export interface PostgresReadings {
  version: string;
  settings: Record<string, PostgresSetting>;
  connections: { used: number; max: number };
  /** Queries of clients in work for longer than 100 ms. */
  slowQueries: Reading;
  /** Sessions that wait for a lock. */
  lockWaits: Reading;
  /** Used connections of `max_connections`, 0 to 1. */
  poolUtilization: Reading;
  databaseBytes: number;
  isInRecovery: boolean;
  /** Who follows it, and how far each is behind. */
  replicas: { name: string; state: string; lagBytes: number; isLogical?: boolean }[];
  /** Slots of standbys, whether one reads from them or not. */
  slots?: { name: string; isActive: boolean; lagBytes: number }[];
  /** Settings that wait for a start: in force now, and then; no `to` where the user may not see the files. */
  pendingRestart?: { name: string; from: string; to?: string }[];
}
