import { withPostgres } from '../adapters/postgres/connect.ts';
import { readPostgres } from '../adapters/postgres/read.ts';
import { atLeastOnStandbys } from '../domain/postgres-standbys.ts';
import type { Activities } from './contract.ts';
import { databaseIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';

/** Runbook 3.3, "Symptoms", and what of each setting is in force. */
export const postgresActivities = (dependencies: Dependencies): Pick<Activities, 'readPostgres'> => ({
  readPostgres: async ({ database, settings }) => {
    const { url } = await databaseIn(dependencies, database);
    // For the plan's own guards, whether they are changed or not.
    const names = [...settings, 'shared_buffers', 'work_mem', ...atLeastOnStandbys];
    return withPostgres(url, (client) => readPostgres(client, names));
  },
});
