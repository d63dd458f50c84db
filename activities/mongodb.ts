import { withMongodb } from '../adapters/mongodb/connect.ts';
import { readMongodb } from '../adapters/mongodb/read.ts';
import type { Activities } from './contract.ts';
import { databaseIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';

/** Runbook 3.1, "Symptoms" and `db.serverStatus().connections`. */
export const mongodbActivities = (dependencies: Dependencies): Pick<Activities, 'readMongodb'> => ({
  readMongodb: async ({ database }) => {
    const { url } = await databaseIn(dependencies, database);
    return withMongodb(url, readMongodb);
  },
});
