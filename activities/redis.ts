import { withRedis } from '../adapters/redis/connect.ts';
import { readRedis } from '../adapters/redis/read.ts';
import type { Activities } from './contract.ts';
import { databaseIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { currentTask } from './task.ts';

/** Runbook 3.4, "Symptoms", and the settings that are in force. */
export const redisActivities = (dependencies: Dependencies): Pick<Activities, 'readRedis'> => ({
  readRedis: async ({ database, sampleMs }) => {
    const { signal } = currentTask();
    const { url } = await databaseIn(dependencies, database);
    return withRedis(url, (redis) => readRedis(redis, { sampleMs, signal }));
  },
});
