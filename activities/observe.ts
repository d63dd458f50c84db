import type { Observation } from '../domain/observation.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { observePlatform } from './observe-platform.ts';
import { currentTask } from './task.ts';

/** One read of everything, which takes little longer than `sampleMs`. */
export const observeActivities = (dependencies: Dependencies): Pick<Activities, 'observe'> => ({
  observe: async (input): Promise<Observation> => observePlatform(dependencies, input, currentTask().signal),
});
