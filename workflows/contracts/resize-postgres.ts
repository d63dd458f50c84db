import { z } from 'zod';
import { runbookSettings } from '../../domain/postgres-settings.ts';
import { common, environmentName } from './common.ts';
import { cpus, databaseName, GIB, memoryBytes, resizeFields } from './database.ts';

/** Input of `resizePostgres` (Scenario 3, 3.3 "Vertical Scaling"). Everything has the runbook's default. */
export const resizePostgresInput = z.strictObject({
  ...common,
  environment: environmentName,
  database: databaseName('PostgreSQL').default('postgres'),
  cpus: cpus.default(4).describe('limit of the container; 4 in the runbook'),
  memoryBytes: memoryBytes.default(8 * GIB).describe('limit of the container; 8 GiB in the runbook'),
  settings: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_.]{0,62}$/, 'a setting of PostgreSQL: small letters, digits and "_"'),
      z.string().max(200),
    )
    .default(runbookSettings)
    .describe('settings as PostgreSQL writes them (shared_buffers: 2GB); the runbook’s twelve when left out'),
  acknowledgeStandbys: z
    .boolean()
    .default(false)
    .describe(
      'every standby has at least the max_connections, max_worker_processes, max_wal_senders, max_prepared_transactions and max_locks_per_transaction that are asked for; one with less stops replaying',
    ),
  ...resizeFields,
});
export type ResizePostgresInput = z.input<typeof resizePostgresInput>;
export type ResizePostgresRequest = z.output<typeof resizePostgresInput>;
