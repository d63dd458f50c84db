import { escapeIdentifier, type Client } from 'pg';
import type { ReplicationSeen } from '../../domain/replication-seen.ts';
import { pause } from '../abort.ts';

type ServerSays = Omit<ReplicationSeen, 'taken'>;

interface Row {
  database: string;
  user: string;
  is_superuser: boolean;
  wal_level: string;
  max_senders: string;
  used_senders: string;
  max_slots: string;
  folder: string | null;
  keeps: string;
}

/** What a primary says about standbys: PostgreSQL's manual, 27.2.5 to 27.2.6 and pg_replication_slots. */
export async function readReplication(client: Client): Promise<ServerSays> {
  const { rows } = await client.query<Row>(
    `SELECT current_database() AS database, current_user AS user,
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
            current_setting('wal_level') AS wal_level, current_setting('max_wal_senders') AS max_senders,
            (SELECT count(*) FROM pg_stat_replication) AS used_senders,
            current_setting('max_replication_slots') AS max_slots, (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS folder,
            (SELECT setting FROM pg_settings WHERE name = 'max_slot_wal_keep_size') AS keeps`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL answered without a row');
  const slots = await client.query<{ slot_name: string }>('SELECT slot_name FROM pg_replication_slots');
  return {
    databaseName: row.database,
    user: { name: row.user, isSuperuser: row.is_superuser },
    walLevel: row.wal_level,
    senders: { max: Number(row.max_senders), used: Number(row.used_senders) },
    slots: { max: Number(row.max_slots), names: slots.rows.map(({ slot_name }) => slot_name) },
    streaming: await readStreaming(client),
    // Hidden from whom the plan refuses.
    dataFolder: row.folder ?? '',
    slotKeepsMegabytes: Number(row.keeps),
  };
}

/** Who streams through which slot, and how far behind it replays. */
export async function readStreaming(client: Client): Promise<ServerSays['streaming']> {
  const { rows } = await client.query<{ slot: string; state: string; lag: string | null }>(
    `SELECT slot.slot_name AS slot, standby.state,
            CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), standby.replay_lsn) END AS lag
     FROM pg_replication_slots slot JOIN pg_stat_replication standby ON standby.pid = slot.active_pid`,
  );
  // Nothing is known of one that has not replayed yet.
  return rows.map(({ slot, state, lag }) => ({ slot, state, lagBytes: Number(lag ?? Infinity) }));
}

/** Reserved at once, so that nothing the base backup does not hold is thrown away before it is read. `false`: it was there. */
export async function createSlot(client: Client, slot: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT pg_create_physical_replication_slot($1, true)
     WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)`,
    [slot],
  );
  return (rowCount ?? 0) > 0;
}

/** A slot is free only when the server has noticed that its standby is gone, which it is told. `false`: it was not there. */
export async function dropSlot(client: Client, slot: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const { rows } = await client.query<{ pid: number | null }>(
      'SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = $1',
      [slot],
    );
    const [found] = rows;
    if (found === undefined) return false;
    if (found.pid === null) {
      await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
      return true;
    }
    await client.query('SELECT pg_terminate_backend($1)', [found.pid]);
    await pause(100, signal);
  }
}

/** The file that says who may come in, and what a line in it must say so that `user` may replicate as it may read. */
export async function admission(client: Client): Promise<{ file: string; rule: string }> {
  const { rows } = await client.query<{ file: string; user: string; method: string | null }>(
    `SELECT current_setting('hba_file') AS file, current_user AS user,
            (SELECT auth_method FROM pg_hba_file_rules
             WHERE type = 'host' AND auth_method IN ('md5', 'scram-sha-256') ORDER BY line_number DESC LIMIT 1) AS method`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL answered without a row');
  // samenet: only from the networks that the server itself is in.
  const rule = `host replication ${escapeIdentifier(row.user)} samenet ${row.method ?? 'scram-sha-256'}`;
  return { file: row.file, rule };
}

/** Takes the file as it is now. Gives what is wrong in it; then the server keeps the rules that it had. */
export async function reloadAdmission(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ line: number; error: string }>(
    'SELECT line_number AS line, error FROM pg_hba_file_rules WHERE error IS NOT NULL',
  );
  if (rows.length === 0) await client.query('SELECT pg_reload_conf()');
  return rows.map(({ line, error }) => `line ${line}: ${error}`);
}

/** How far a base backup is; `undefined` while there is none. */
export async function baseBackupProgress(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ phase: string; streamed: string; total: string | null }>(
    'SELECT phase, backup_streamed AS streamed, backup_total AS total FROM pg_stat_progress_basebackup LIMIT 1',
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const share = row.total === null ? undefined : Number(row.streamed) / Math.max(1, Number(row.total));
  return share === undefined ? row.phase : `${row.phase}, ${Math.floor(Math.min(1, share) * 100)} %`;
}
