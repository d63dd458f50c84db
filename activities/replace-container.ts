import { orAborted, pause, withTimeLimit } from '../adapters/abort.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { StoredAs } from '../domain/database-operation.ts';
import { formatMs } from '../domain/format.ts';
import type { Replaced } from '../platforms/platform.ts';
import type { Activities } from './contract.ts';
import { endOfLog, throwIfCrashing } from './crashing.ts';
import { databaseIn, type Database } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseGuard } from './lease-guard.ts';
import { reasonOf } from './reason.ts';
import { currentTask, type Task } from './task.ts';

const lookAgainMs = 50;
/** A CHECKPOINT of a busy database takes as long as its disk is slow; it is still up meanwhile. */
const beforeStopMs = 5 * 60_000;

/** The one restart of a database, and the way back from it. */
export const replaceContainerActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'replaceContainer' | 'putContainerBack' | 'removeReplacedContainer'> => ({
  replaceContainer: async ({ database, edit, storedAs, budgetMs, operationId, fencingToken }) => {
    const task = currentTask();
    const { signal, report } = task;
    const found = await databaseIn(dependencies, database);
    const { service, stopGraceMs } = found.spec;
    await leaseGuard(dependencies)([service], fencingToken);
    const beforeStop = (): Promise<void> => readyToStop(found, storedAs, task);
    const replaced = await dependencies.platform.replace(
      { service, edit, stopGraceMs, beforeStop },
      { operationId, fencingToken, signal, onProgress: report },
    );
    return { facts: await untilAnswering(dependencies, found, replaced, budgetMs, task) };
  },

  putContainerBack: async ({ database, storedAs, budgetMs, operationId, fencingToken }) => {
    const task = currentTask();
    const found = await databaseIn(dependencies, database);
    const { service, stopGraceMs } = found.spec;
    await leaseGuard(dependencies)([service], fencingToken);
    const context = { operationId, fencingToken, signal: task.signal };
    const unready = storedAs === undefined ? [] : await unreadyForStop(found, storedAs, task);
    const facts = await dependencies.platform.putBack({ service, stopGraceMs }, context);
    const { name } = await dependencies.platform.describe(service, task.signal);
    const since = { name, startedAtMs: dependencies.nowMs() };
    const answers = await untilAnswering(dependencies, found, since, budgetMs, task);
    return { facts: [...unready, ...facts, ...answers] };
  },

  removeReplacedContainer: async ({ database, operationId, fencingToken }) => {
    const { signal } = currentTask();
    const { spec } = await databaseIn(dependencies, database);
    await leaseGuard(dependencies)([spec.service], fencingToken);
    const context = { operationId, fencingToken, signal };
    const names = await dependencies.platform.removeReplaced(spec.service, context);
    return { facts: names.map((name) => `removed ${name}; its volumes stay`) };
  },
});

const readyToStop = async (
  { spec, url, driver }: Database,
  storedAs: readonly StoredAs[] | undefined,
  { signal, report }: Task,
): Promise<void> => {
  const { service, stopGraceMs } = spec;
  const limited = withTimeLimit(beforeStopMs, signal);
  const options = { signal: limited, onProgress: report, storedAs, stopGraceMs };
  try {
    await orAborted(driver.beforeStop(url, options), limited);
  } catch (error) {
    if (signal.aborted || !limited.aborted) throw error;
    throw new CrescendoError(
      'PreparationFailed',
      `${service} was not ready for its stop within ${formatMs(beforeStopMs)}`,
    );
  }
};

/** One that does not answer is put back all the same: waiting for it would only make the outage longer. */
const unreadyForStop = async (
  found: Database,
  storedAs: readonly StoredAs[],
  task: Task,
): Promise<string[]> => {
  try {
    await readyToStop(found, storedAs, task);
    return [];
  } catch (error) {
    return [`stopped as it is: ${reasonOf(error, task.signal)}`];
  }
};

/** First the line of the log that the runbook looks for, then a real query. Throws DowntimeBudgetSpent. */
const untilAnswering = async (
  { platform, nowMs }: Dependencies,
  { spec, url, driver }: Database,
  { name, startedAtMs, stoppedAtMs }: Replaced,
  budgetMs: number,
  { signal, report }: Task,
): Promise<string[]> => {
  const downSinceMs = stoppedAtMs ?? startedAtMs;
  let last = 'it was not asked yet';
  for (;;) {
    const answer = await driver.differences(url, {}).then(
      () => undefined,
      (error: unknown) => reasonOf(error, signal),
    );
    const spentMs = nowMs() - downSinceMs;
    if (answer === undefined) {
      const since = Math.max(0, startedAtMs - 1_000);
      const lines = await platform.logs(name, { sinceMs: since, tail: 200 }, signal);
      const ready = lines.findLast(({ text }) => text.includes(driver.readyLine));
      return [
        stoppedAtMs === undefined
          ? `${name} answers a query`
          : `${name} stopped once and answered a query ${formatMs(spentMs)} after the stop, of ${formatMs(budgetMs)}`,
        ready === undefined
          ? `"${driver.readyLine}" is not in its log`
          : `its log says "${driver.readyLine}"`,
      ];
    }
    last = answer;
    await throwIfCrashing({ platform }, spec.service, signal, name);
    if (spentMs >= budgetMs) {
      throw new CrescendoError(
        'DowntimeBudgetSpent',
        `${spec.service} is down for ${formatMs(spentMs)}, ${formatMs(budgetMs)} were allowed: ${last}; its log: ${await endOfLog(platform, name, signal)}`,
        { budgetMs, spentMs },
      );
    }
    report(`${name}: ${last}`);
    await pause(lookAgainMs, signal);
  }
};
