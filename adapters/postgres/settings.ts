import type { Client } from 'pg';
import type { PostgresSetting } from '../../domain/postgres-settings.ts';

interface Row {
  name: string;
  setting: string;
  unit: string | null;
  context: string;
  source: string;
  sourcefile: string | null;
  vartype: string;
  pending_restart: boolean;
  min_val: string | null;
  max_val: string | null;
}

/** The settings as pg_settings has them; one that this server does not know is left out. */
export async function readSettings(
  client: Client,
  names: readonly string[],
): Promise<Record<string, PostgresSetting>> {
  const { rows } = await client.query<Row>(
    `SELECT name, setting, unit, context, source, sourcefile, vartype, pending_restart, min_val, max_val
     FROM pg_settings WHERE name = ANY($1)`,
    [names],
  );
  return Object.fromEntries(
    rows.map(
      ({ name, setting, unit, context, source, sourcefile, vartype, pending_restart, min_val, max_val }) => [
        name,
        {
          value: setting,
          ...(unit === null ? {} : { unit }),
          context,
          source,
          ...(sourcefile === null ? {} : { sourceFile: sourcefile }),
          type: vartype,
          // The server marks those of its command line too when a file differs, though the command line wins at the start as well.
          isPendingRestart: pending_restart && source !== 'command line',
          ...(min_val === null ? {} : { min: Number(min_val) }),
          ...(max_val === null ? {} : { max: Number(max_val) }),
        },
      ],
    ),
  );
}
