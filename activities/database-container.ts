import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatBytes } from '../domain/format.ts';
import { unknown } from '../domain/reading.ts';
import type { Activities } from './contract.ts';
import { databaseIn, databaseSpecIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { diskFree } from './disk-free.ts';
import { guardStanding } from './standing.ts';
import { currentTask } from './task.ts';

const backupTimeoutMs = 12 * 60 * 60_000;

/** What a database runs in: read, resized without a restart, and backed up before a restart. */
export const databaseContainerActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'readDatabaseContainer' | 'resizeContainer' | 'backUpDatabase'> => ({
  readDatabaseContainer: async ({ database, sampleMs }) => {
    const { signal } = currentTask();
    const { platform, loadCatalog } = dependencies;
    const { service } = databaseSpecIn((await loadCatalog()).catalog, database);
    const [described, usage, host, diskFreeBytes] = await Promise.all([
      platform.describe(service, signal),
      platform.stats([service], { windowMs: sampleMs, signal }),
      platform.host(signal),
      diskFree(dependencies, signal),
    ]);
    const { name, command, limits, isOutdated } = described;
    const silent = unknown(`${name} does not run`, 'the platform');
    const { cpuOfLimit = silent, memoryOfLimit = silent, memoryBytes = silent } = usage[name] ?? {};
    const { cpus, memoryBytes: hostMemoryBytes, availableMemoryBytes } = host;
    return {
      name,
      service,
      command,
      limits,
      isOutdated,
      cpuOfLimit,
      memoryOfLimit,
      memoryBytes,
      host: { cpus, memoryBytes: hostMemoryBytes, availableMemoryBytes },
      diskFreeBytes,
    };
  },

  resizeContainer: async ({ service, resources, operationId, fencingToken }) => {
    const { signal, report } = currentTask();
    const started = await guardStanding(dependencies, service, { operationId, fencingToken });
    const context = { operationId, fencingToken, signal, onProgress: report };
    await dependencies.platform.resize(service, resources, context);
    const { name, limits } = await dependencies.platform.describe(service, signal);
    const { cpus, memoryBytes } = limits;
    const said = [
      ...(cpus === undefined ? [] : [`${cpus} CPU`]),
      ...(memoryBytes === undefined ? [] : [formatBytes(memoryBytes)]),
    ];
    return { facts: [...started, `${name} has ${said.join(' and ') || 'no limit'}, without a restart`] };
  },

  backUpDatabase: async ({ database }) => {
    const { signal, report } = currentTask();
    const { spec } = await databaseIn(dependencies, database);
    const { name } = await dependencies.platform.describe(spec.service, signal);
    if (spec.backup === undefined)
      throw new CrescendoError('BackupFailed', `databases.${database}.backup: the catalog names no command`);
    report(`backing ${database} up: ${spec.backup[0] ?? ''}`);
    const startedAtMs = dependencies.nowMs();
    const { exitCode, stderr } = await dependencies.platform.exec(name, spec.backup, {
      signal,
      timeoutMs: backupTimeoutMs,
    });
    if (exitCode !== 0)
      throw new CrescendoError(
        'BackupFailed',
        `the backup of ${database} ended with ${exitCode}: ${stderr.trim().slice(-300)}`,
        { exitCode },
      );
    return { facts: [`backed up in ${Math.round((dependencies.nowMs() - startedAtMs) / 100) / 10} s`] };
  },
});
