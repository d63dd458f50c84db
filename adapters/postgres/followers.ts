import type { Client } from 'pg';
import type { PostgresReadings } from '../../domain/postgres-readings.ts';

/** Who follows the server now, and slots of standbys: one that is away is in no other view. */
export async function readFollowers(
  client: Client,
): Promise<Pick<PostgresReadings, 'replicas'> & Required<Pick<PostgresReadings, 'slots'>>> {
  const { rows: replicas } = await client.query<{
    name: string;
    state: string;
    lag: string | null;
    logical: boolean;
  }>(
    `SELECT application_name AS name, state,
            CASE WHEN pg_is_in_recovery() THEN 0 ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) END AS lag,
            EXISTS (SELECT FROM pg_replication_slots WHERE active_pid = pid AND slot_type = 'logical') AS logical
     FROM pg_stat_replication`,
  );
  // One without a position was never read from.
  const { rows: slots } = await client.query<{ name: string; active: boolean; lag: string }>(
    `SELECT slot_name AS name, active,
            CASE WHEN pg_is_in_recovery() THEN 0 ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) END AS lag
     FROM pg_replication_slots WHERE slot_type = 'physical' AND restart_lsn IS NOT NULL`,
  );
  return {
    replicas: replicas.map(({ name, state, lag, logical }) => ({
      name,
      state,
      lagBytes: Number(lag ?? Number.NaN),
      ...(logical ? { isLogical: true } : {}),
    })),
    slots: slots.map(({ name, active, lag }) => ({ name, isActive: active, lagBytes: Number(lag) })),
  };
}
