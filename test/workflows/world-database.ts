import type { Activities } from '../../activities/contract.ts';
import { withChange } from '../../domain/database-operation.ts';
import type { Resources } from '../../domain/observation.ts';
import type { PostgresReadings } from '../../domain/postgres-readings.ts';
import type { PostgresSetting } from '../../domain/postgres-settings.ts';
import { known } from '../../domain/reading.ts';
import { openProbeWindow } from '../../domain/probe-window.ts';

/** One database of the world: what it has, and what became of its container. */
export interface WorldDatabase {
  limits: Resources;
  settings: Record<string, string | null>;
  /** Runs in the container by the edited file; the one before waits beside it. */
  isReplaced: boolean;
  /** Of the writes of the prober: none, unless a test says so. */
  missingWrites: number;
  backups: number;
}

export const worldDatabase = (): WorldDatabase => ({
  limits: { cpus: 2, memoryBytes: 4 * 2 ** 30 },
  settings: {},
  isReplaced: false,
  missingWrites: 0,
  backups: 0,
});

const setting = (value: string, context: string, more: Partial<PostgresSetting> = {}): PostgresSetting => ({
  value,
  context,
  source: 'default',
  type: 'integer',
  isPendingRestart: false,
  ...more,
});

/** A PostgreSQL as it comes, with a lock that somebody waits for. */
const worldPostgres: PostgresReadings = {
  version: '16.4',
  settings: {
    shared_buffers: setting('16384', 'postmaster', { unit: '8kB' }),
    work_mem: setting('4096', 'user', { unit: 'kB' }),
    max_connections: setting('100', 'postmaster'),
    random_page_cost: setting('4', 'user', { type: 'real' }),
  },
  connections: { used: 20, max: 100 },
  slowQueries: known(2, 'world'),
  lockWaits: known(1, 'world'),
  poolUtilization: known(0.2, 'world'),
  databaseBytes: 2 ** 30,
  isInRecovery: false,
  replicas: [],
};

type DatabaseActivities = Pick<
  Activities,
  | 'readDatabaseContainer'
  | 'readPostgres'
  | 'readRedis'
  | 'readMongodb'
  | 'resizeContainer'
  | 'applyDatabaseSettings'
  | 'replaceContainer'
  | 'putContainerBack'
  | 'removeReplacedContainer'
  | 'backUpDatabase'
  | 'waitForDatabase'
  | 'prepareProbe'
  | 'probeDatabase'
  | 'countProbeWrites'
>;

/** The prober of the world ends at once: a server that skips time skips none while an activity runs. */
export const databaseActivities = (
  database: WorldDatabase,
  begin: (...words: (string | number)[]) => Promise<void>,
): DatabaseActivities => ({
  async readDatabaseContainer({ database: name }) {
    await begin('readDatabaseContainer', name);
    return {
      name: `chat4all-${name}`,
      service: name,
      command: [name],
      limits: database.limits,
      isOutdated: false,
      cpuOfLimit: known(0.9, 'world'),
      memoryOfLimit: known(0.5, 'world'),
      memoryBytes: known(2 ** 30, 'world'),
      host: { cpus: 8, memoryBytes: 64 * 2 ** 30, availableMemoryBytes: known(32 * 2 ** 30, 'world') },
      diskFreeBytes: known(100 * 2 ** 30, 'world'),
    };
  },
  async readPostgres() {
    await begin('readPostgres');
    return worldPostgres;
  },
  async readRedis() {
    await begin('readRedis');
    return {
      version: '7.0.15',
      mode: 'standalone',
      hasConfigFile: true,
      settings: {
        maxmemory: String(2 ** 31),
        'maxmemory-policy': 'noeviction',
        save: '',
        appendonly: 'yes',
        ...(database.settings as Record<string, string>),
      },
      keys: 1_000,
      usedMemoryBytes: known(1.9 * 2 ** 30, 'world'),
      evictedKeys: known(0, 'world'),
      hitRatio: known(0.9, 'world'),
      latencyMs: known(1, 'world'),
    };
  },
  async readMongodb() {
    await begin('readMongodb');
    return {
      version: '7.0.14',
      connections: { current: 40, available: 51_160 },
      poolUtilization: known(0.01, 'world'),
      cacheMaxBytes: known(Number(database.settings['cacheBytes'] ?? 1.5 * 2 ** 30), 'world'),
      cacheUsedBytes: known(2 ** 30, 'world'),
      slowOperations: known(3, 'world'),
    };
  },
  async resizeContainer({ service, resources }) {
    await begin('resizeContainer', service, JSON.stringify(resources));
    database.limits = withChange(database.limits, resources);
    return { facts: [`${service} is resized`] };
  },
  async applyDatabaseSettings({ database: name, settings }) {
    await begin('applyDatabaseSettings', name, JSON.stringify(settings));
    database.settings = { ...database.settings, ...settings };
    return { facts: [`${name} is set`] };
  },
  async replaceContainer({ database: name }) {
    await begin('replaceContainer', name);
    database.isReplaced = true;
    return { facts: [`${name} stopped once`] };
  },
  async putContainerBack({ database: name }) {
    await begin('putContainerBack', name);
    database.isReplaced = false;
    return { facts: [`${name} is the container that ran before`] };
  },
  async removeReplacedContainer({ database: name }) {
    await begin('removeReplacedContainer', name);
    return { facts: [`removed ${name}-before`] };
  },
  async backUpDatabase({ database: name }) {
    await begin('backUpDatabase', name);
    database.backups += 1;
    return { facts: ['backed up'] };
  },
  async waitForDatabase({ database: name }) {
    await begin('waitForDatabase', name);
    return { facts: [`${name} answers`] };
  },
  async prepareProbe({ database: name }) {
    await begin('prepareProbe', name);
    return { facts: [] };
  },
  async probeDatabase({ database: name }) {
    await begin('probeDatabase', name);
    return { ...openProbeWindow(Date.now()), probes: 100, acknowledged: [[1, 100]] };
  },
  async countProbeWrites({ database: name }) {
    await begin('countProbeWrites', name);
    return { missing: database.missingWrites };
  },
});
