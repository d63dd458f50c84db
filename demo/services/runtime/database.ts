import { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { required } from './environment.ts';
import { log } from './log.ts';

/**
 * A pool of `max` connections, measured under HikariCP's names. `schema` is run once under a lock, since three replicas that start
 * at once would otherwise trip over each other's CREATE TABLE.
 */
export const connectPostgres = async (options: {
  registry: Registry;
  max: number;
  schema: string;
}): Promise<Pool> => {
  const pool = new Pool({ connectionString: required('POSTGRES_URL'), max: options.max });
  pool.on('error', (error) => log.error('postgres', error));
  await prepare(pool, options.schema);
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['pool'],
      registers: [options.registry],
      collect() {
        this.set({ pool: 'HikariPool-1' }, read());
      },
    });
  gauge('hikaricp_connections_active', 'Connections in use', () => pool.totalCount - pool.idleCount);
  gauge('hikaricp_connections_max', 'Size of the pool', () => options.max);
  gauge('hikaricp_connections_pending', 'Callers that wait for a connection', () => pool.waitingCount);
  return pool;
};

const schemaLock = 4_004;

const prepare = async (pool: Pool, schema: string): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
    await client.query(schema);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
};
