import { pause } from '../adapters/abort.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatMs } from '../domain/format.ts';
import { unfitSettings } from '../domain/settings-fit.ts';
import type { Activities } from './contract.ts';
import { databaseIn, type Database } from './database.ts';
import type { Settings } from './database-drivers.ts';
import type { Dependencies } from './dependencies.ts';
import { reasonOf } from './reason.ts';
import { replicasOf } from './replicas.ts';
import { guardStanding } from './standing.ts';
import { currentTask } from './task.ts';

const lookAgainMs = 100;

/** Settings that need no restart, and the proof that they are in force. */
export const databaseSettingsActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'applyDatabaseSettings' | 'waitForDatabase'> => ({
  applyDatabaseSettings: async ({ database, settings, operationId, fencingToken }) => {
    const { signal, report } = currentTask();
    const { spec, url, driver } = await databaseIn(dependencies, database);
    const started = await guardStanding(dependencies, spec.service, { operationId, fencingToken });
    return { facts: [...started, ...(await driver.apply(url, settings, { signal, onProgress: report }))] };
  },

  waitForDatabase: async ({ database, settings, timeoutMs }) => {
    const { signal, report } = currentTask();
    const found = await databaseIn(dependencies, database);
    const startedAtMs = dependencies.nowMs();
    for (;;) {
      const { isAnswered, wrong } = await look(dependencies, found, settings, signal);
      if (isAnswered && wrong.length === 0) return { facts: [sentenceOf(database, settings)] };
      if (dependencies.nowMs() - startedAtMs >= timeoutMs)
        throw new CrescendoError(
          isAnswered ? 'SettingRejected' : 'DatabaseUnavailable',
          `${database} after ${formatMs(timeoutMs)}: ${wrong.join('; ')}`,
        );
      report(wrong.join('; '));
      await pause(lookAgainMs, signal);
    }
  },
});

/** Answers, has the settings, and they fit into its container as that is now. */
const look = async (
  { platform }: Dependencies,
  { spec, url, driver }: Database,
  settings: Settings,
  signal: AbortSignal,
): Promise<{ isAnswered: boolean; wrong: string[] }> => {
  try {
    const differences = await driver.differences(url, settings);
    const running = (await replicasOf(platform, spec.service, signal)).find(
      ({ state }) => state === 'running',
    );
    const unfit = unfitSettings(spec.kind, settings, running?.limits.memoryBytes);
    return { isAnswered: true, wrong: [...differences, ...unfit] };
  } catch (error) {
    return { isAnswered: false, wrong: [reasonOf(error, signal)] };
  }
};

const sentenceOf = (database: string, settings: Readonly<Record<string, string | null>>): string => {
  const said = Object.entries(settings).map(
    ([name, value]) => `${name} ${value === '' ? '""' : (value ?? 'default')}`,
  );
  return said.length === 0 ? `${database} answers a query` : `${database} answers, with ${said.join(', ')}`;
};
