import type { PostgresSetting } from './postgres-settings.ts';
import type { Reading } from './reading.ts';

/** What a PostgreSQL server says of itself. */
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
  /** Its standbys, and how far each is behind. */
  replicas: { name: string; state: string; lagBytes: number }[];
}
