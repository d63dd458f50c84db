import { DatabaseError, type Client } from 'pg';
import type { PostgresReadings } from '../../domain/postgres-readings.ts';
import { settingText } from '../../domain/postgres-settings.ts';

const insufficientPrivilege = '42501';

/** Every setting that waits for a start, whoever set it. */
export async function readPendingRestart(
  client: Client,
): Promise<NonNullable<PostgresReadings['pendingRestart']>> {
  const { rows } = await client.query<{
    name: string;
    setting: string;
    unit: string | null;
    boot_val: string | null;
  }>(
    // Those of the command line are marked too where a file differs, though the command line wins at the start as well.
    `SELECT name, setting, unit, boot_val FROM pg_settings
     WHERE pending_restart AND source <> 'command line' ORDER BY name`,
  );
  if (rows.length === 0) return [];
  const inFiles = await readFiles(
    client,
    rows.map(({ name }) => name),
  );
  return rows.map(({ name, setting, unit, boot_val }) => {
    const text = (value: string): string =>
      settingText({
        value,
        ...(unit === null ? {} : { unit }),
        context: '',
        source: '',
        type: '',
        isPendingRestart: true,
      });
    // A line that was taken away leaves what the server was built with.
    const to =
      inFiles === null ? undefined : (inFiles.get(name) ?? (boot_val === null ? undefined : text(boot_val)));
    return { name, from: text(setting), ...(to === undefined ? {} : { to }) };
  });
}

/** The last line of each setting, the one that counts; `null` for a user who may not see them. */
async function readFiles(client: Client, names: readonly string[]): Promise<Map<string, string> | null> {
  try {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'SELECT name, setting FROM pg_file_settings WHERE name = ANY($1) ORDER BY seqno',
      [names],
    );
    return new Map(rows.map(({ name, setting }) => [name, setting]));
  } catch (error) {
    if (error instanceof DatabaseError && error.code === insufficientPrivilege) return null;
    throw error;
  }
}
