import type { Client } from 'pg';
import type { PostgresReadings } from '../../domain/postgres-readings.ts';
import { known } from '../../domain/reading.ts';
import { readFollowers } from './followers.ts';
import { readPendingRestart } from './pending-restart.ts';
import { readSettings } from './settings.ts';

/** The runbook's "slow query". */
const slowMs = 100;

/** What PostgreSQL says of itself: settings, connections, slow queries, lock waits, standbys. Runbook 3.3, "Symptoms". */
export async function readPostgres(client: Client, names: readonly string[]): Promise<PostgresReadings> {
  const settings = await readSettings(client, [...new Set([...names, 'max_connections'])]);
  const [server] = (
    await client.query<{ version: string; bytes: string; recovery: boolean }>(
      `SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
              pg_is_in_recovery() AS recovery`,
    )
  ).rows;
  const [activity] = (
    await client.query<{ used: string; slow: string; waiting: string }>(
      `SELECT count(*) AS used,
              count(*) FILTER (WHERE state = 'active' AND now() - query_start > $1::float8 * interval '1 ms') AS slow,
              count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting
       FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      [slowMs],
    )
  ).rows;
  const followers = await readFollowers(client);
  const used = Number(activity?.used ?? 0);
  const max = Number(settings['max_connections']?.value ?? 1);
  return {
    version: server?.version ?? 'unknown',
    settings,
    connections: { used, max },
    slowQueries: known(Number(activity?.slow ?? 0), 'postgres'),
    lockWaits: known(Number(activity?.waiting ?? 0), 'postgres'),
    poolUtilization: known(used / Math.max(1, max), 'postgres'),
    databaseBytes: Number(server?.bytes ?? 0),
    isInRecovery: server?.recovery ?? false,
    ...followers,
    pendingRestart: await readPendingRestart(client),
  };
}
