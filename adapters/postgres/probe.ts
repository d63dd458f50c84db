import { Client } from 'pg';
import type { DatabaseProbe, OpenProbe } from '../database-probe.ts';

const connectTimeoutMs = 250;
const queryTimeoutMs = 1_000;

/** A row of the table `crescendo_probe` for each write. */
export const postgresProbe: OpenProbe = (url, probeId): DatabaseProbe => {
  let open: Client | undefined;

  const connected = async (): Promise<Client> => {
    if (open !== undefined) return open;
    const client = new Client({
      connectionString: url,
      application_name: 'crescendo-probe',
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
    });
    client.on('error', () => void letGo(client));
    try {
      await client.connect();
      // An acknowledged write is on the disk, whatever the database does for others.
      await client.query('SET synchronous_commit = on');
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    open = client;
    return client;
  };

  const letGo = async (client: Client): Promise<void> => {
    if (open === client) open = undefined;
    await client.end().catch(() => undefined);
  };

  const query = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => {
    const client = await connected();
    try {
      const { rows } = await client.query<Record<string, unknown>>(text, values);
      return rows;
    } catch (error) {
      // Whatever state it is in: the next try has a connection that is known to be good.
      void letGo(client);
      throw error;
    }
  };

  return {
    prepare: async () => {
      await query(
        'CREATE TABLE IF NOT EXISTS crescendo_probe (probe_id text, sequence bigint, PRIMARY KEY (probe_id, sequence))',
      );
    },
    write: async (sequence) => {
      await query('INSERT INTO crescendo_probe VALUES ($1, $2) ON CONFLICT DO NOTHING', [probeId, sequence]);
    },
    read: async () => {
      await query('SELECT max(sequence) FROM crescendo_probe WHERE probe_id = $1', [probeId]);
    },
    highest: async () => {
      const [row] = await query(
        'SELECT coalesce(max(sequence), 0) AS highest FROM crescendo_probe WHERE probe_id = $1',
        [probeId],
      );
      return Number(row?.['highest']);
    },
    missing: async (acknowledged) => {
      let missing = 0;
      for (const [first, last] of acknowledged) {
        const [row] = await query(
          'SELECT count(*) AS found FROM crescendo_probe WHERE probe_id = $1 AND sequence BETWEEN $2 AND $3',
          [probeId, first, last],
        );
        missing += last - first + 1 - Number(row?.['found']);
      }
      return missing;
    },
    remove: async () => {
      await query('DELETE FROM crescendo_probe WHERE probe_id = $1', [probeId]);
      const [row] = await query('SELECT count(*) AS left FROM crescendo_probe');
      if (Number(row?.['left']) === 0) await query('DROP TABLE IF EXISTS crescendo_probe');
    },
    close: async () => {
      if (open !== undefined) await letGo(open);
    },
  };
};
