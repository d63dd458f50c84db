import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../domain/catalog.ts';
import type { DatabaseContainer } from '../../domain/database-seen.ts';
import type { ReplicaSetMember } from '../../domain/mongodb-readings.ts';
import { planMongodb, withCache, type MongodbPlanInput } from '../../domain/plan-mongodb.ts';
import { planPostgres, type PostgresPlanInput } from '../../domain/plan-postgres.ts';
import { planRedis, type RedisPlanInput } from '../../domain/plan-redis.ts';
import { persistenceAfterStart, withFlags } from '../../domain/redis-command.ts';
import { needsWord, type ResizeAsked } from '../../domain/plan-resize.ts';
import { runbookSettings, type PostgresSetting } from '../../domain/postgres-settings.ts';
import { renderPlan } from '../../domain/render.ts';
import { undoPlan } from '../../domain/undo.ts';
import { blind, reading } from './builders.ts';

const GIB = 2 ** 30;
const atMs = Date.UTC(2026, 10, 24, 10, 15);

const catalog: Catalog = {
  environment: 'shop',
  platform: { kind: 'simulated', seed: 1 },
  databases: {
    postgres: {
      kind: 'postgres',
      service: 'postgres',
      url: 'env:PG',
      dependants: ['user-service'],
      stopGraceMs: 30_000,
    },
    redis: { kind: 'redis', service: 'redis', url: 'env:REDIS', stopGraceMs: 30_000 },
    mongodb: { kind: 'mongodb', service: 'mongodb', url: 'env:MONGO', stopGraceMs: 30_000 },
  },
  services: {},
  emergency: { steps: [] },
};

const containerOf = (service: string, more: Partial<DatabaseContainer> = {}): DatabaseContainer => ({
  name: `shop-${service}`,
  service,
  command: [service === 'mongodb' ? 'mongod' : service],
  limits: { cpus: 2, memoryBytes: 4 * GIB },
  isOutdated: false,
  cpuOfLimit: reading(0.95),
  memoryOfLimit: reading(0.5),
  memoryBytes: reading(2 * GIB),
  host: { cpus: 8, memoryBytes: 64 * GIB, availableMemoryBytes: reading(32 * GIB) },
  diskFreeBytes: reading(100 * GIB),
  ...more,
});

const wanted: ResizeAsked = {
  limits: { cpus: 4, memoryBytes: 8 * GIB },
  reservations: { cpus: 2, memoryBytes: 4 * GIB },
  composeFile: 'auto',
  backup: { kind: 'waived' },
  downtimeBudgetMs: 60_000,
};

const setting = (value: string, context: string, more: Partial<PostgresSetting> = {}): PostgresSetting => ({
  value,
  context,
  source: 'default',
  type: 'integer',
  isPendingRestart: false,
  ...more,
});
const real = (value: string) => setting(value, 'user', { type: 'real' });
/** As a PostgreSQL 16 comes. */
const settings: Record<string, PostgresSetting> = {
  shared_buffers: setting('16384', 'postmaster', { unit: '8kB', source: 'configuration file' }),
  effective_cache_size: setting('524288', 'user', { unit: '8kB' }),
  maintenance_work_mem: setting('65536', 'user', { unit: 'kB' }),
  checkpoint_completion_target: setting('0.9', 'sighup', { type: 'real' }),
  wal_buffers: setting('512', 'postmaster', { unit: '8kB' }),
  default_statistics_target: setting('100', 'user'),
  random_page_cost: real('4'),
  effective_io_concurrency: setting('1', 'user'),
  work_mem: setting('4096', 'user', { unit: 'kB', min: 64, max: 2_147_483_647 }),
  min_wal_size: setting('80', 'sighup', { unit: 'MB' }),
  max_wal_size: setting('1024', 'sighup', { unit: 'MB', source: 'configuration file' }),
  max_connections: setting('100', 'postmaster', { min: 1, max: 262_143 }),
};

const postgresPlan = (
  asked: Partial<PostgresPlanInput['asked']> = {},
  more: {
    container?: Partial<DatabaseContainer>;
    settings?: Record<string, PostgresSetting>;
    readings?: Partial<PostgresPlanInput['readings']>;
  } = {},
) =>
  planPostgres({
    catalog,
    catalogHash: 'hash',
    observedAtMs: atMs,
    database: 'postgres',
    container: containerOf('postgres', more.container),
    readings: {
      version: '16.4',
      settings: { ...settings, ...more.settings },
      connections: { used: 20, max: 100 },
      slowQueries: reading(0),
      lockWaits: reading(0),
      poolUtilization: reading(0.2),
      databaseBytes: GIB,
      isInRecovery: false,
      replicas: [],
      ...more.readings,
    },
    asked: { ...wanted, settings: runbookSettings, ...asked },
  });
const kinds = (plan: ReturnType<typeof postgresPlan>): string[] =>
  plan.steps.flatMap(({ operations }) => operations.map(({ kind }) => kind));
const rules = (plan: ReturnType<typeof postgresPlan>): string[] => plan.refusals.map(({ rule }) => rule);

describe('a larger PostgreSQL', () => {
  it('takes the runbook’s twelve settings with one restart, for the three that need it, and says who feels it', () => {
    const plan = postgresPlan();
    expect(plan.refusals).toEqual([]);
    expect(kinds(plan)).toEqual(['resizeContainer', 'applySettings', 'editComposeFile', 'replaceContainer']);
    expect(plan.downtime?.because).toEqual([
      'shared_buffers 128MB -> 2GB takes effect at a start only',
      'wal_buffers 4MB -> 16MB takes effect at a start only',
      'max_connections 100 -> 200 takes effect at a start only',
    ]);
    expect(plan.downtime).toMatchObject({ dependants: ['user-service'], budgetMs: 60_000 });
    expect(needsWord(plan)).toBe(true);
    const [edit] = plan.steps.flatMap(({ operations }) =>
      operations.flatMap((operation) => (operation.kind === 'editComposeFile' ? [operation] : [])),
    );
    expect(edit?.edits['postgres']?.command).toEqual([
      'postgres',
      '-c',
      'shared_buffers=2GB',
      '-c',
      'wal_buffers=16MB',
      '-c',
      'max_connections=200',
    ]);
    expect(edit?.backup).toBe('docker-compose.yml.backup.20261124_101500');
    const text = renderPlan(plan);
    expect(text).toContain('user-service cannot reach postgres meanwhile');
    expect(text).toContain('because CPU of the container');
  });

  it('needs no restart for what a reload is enough for, and leaves the compose file alone', () => {
    const plan = postgresPlan({ settings: { work_mem: '5242kB', random_page_cost: '1.1' } });
    expect(kinds(plan)).toEqual(['resizeContainer', 'applySettings']);
    expect(plan.downtime).toBeUndefined();
    expect(needsWord(plan)).toBe(false);
    expect(plan.notes.find(({ rule }) => rule === 'compose-file.kept')?.message).toContain('memory: 8192M');
  });

  it('restarts once for a live change that shall stand in the compose file too, in a container that has room for it first', () => {
    const plan = postgresPlan({ settings: { work_mem: '5242kB' }, composeFile: 'edit' });
    expect(kinds(plan)).toEqual(['resizeContainer', 'applySettings', 'editComposeFile', 'replaceContainer']);
    expect(plan.steps[0]?.operations).toMatchObject([{ to: { memoryBytes: 8 * GIB } }]);
    expect(needsWord(plan)).toBe(true);
  });

  it('leaves a smaller limit to the restart, behind the smaller settings', () => {
    const plan = postgresPlan({
      limits: { cpus: 2, memoryBytes: 3 * GIB },
      settings: { work_mem: '2MB' },
      composeFile: 'edit',
    });
    expect(kinds(plan)).toEqual(['applySettings', 'editComposeFile', 'replaceContainer']);
  });

  it('that had no limit of CPU has none again after an undo, by name; that one of memory stays is said before', () => {
    const plan = postgresPlan(
      { settings: { work_mem: '8MB' } },
      { container: { limits: { memoryBytes: 4 * GIB } } },
    );
    const done = plan.steps.flatMap(({ operations }) => operations);
    expect(undoPlan(done).at(-1)).toMatchObject({ to: { cpus: null, memoryBytes: 4 * GIB } });
    expect(renderPlan(plan)).toContain('no limit of CPU and 4 GiB -> 4 CPU and 8 GiB');
    const unlimited = postgresPlan({ settings: { work_mem: '8MB' } }, { container: { limits: { cpus: 2 } } });
    expect(unlimited.notes.map(({ rule }) => rule)).toContain('memory.stays');
  });

  it('restarts for a live setting that stands on the command line, and changes it there', () => {
    const plan = postgresPlan(
      { settings: { work_mem: '8MB' } },
      {
        settings: { work_mem: { ...(settings['work_mem'] as PostgresSetting), source: 'command line' } },
        container: { command: ['postgres', '-c', 'work_mem=4MB', '-c', 'jit=off'] },
      },
    );
    expect(plan.steps.at(-1)?.operations[0]).toMatchObject({
      edits: { postgres: { command: ['postgres', '-c', 'work_mem=8MB', '-c', 'jit=off'] } },
    });
  });

  it('goes back to a line of postgresql.conf without a word of ALTER SYSTEM, and to a word of ALTER SYSTEM by its value', () => {
    const undone = (sourceFile: string) => {
      const stands = { ...(settings['max_wal_size'] as PostgresSetting), sourceFile };
      const plan = postgresPlan(
        { settings: { max_wal_size: '4GB' } },
        { settings: { max_wal_size: stands } },
      );
      return undoPlan(plan.steps.flatMap(({ operations }) => operations))[0];
    };
    expect(undone('/etc/postgresql/postgresql.conf')).toMatchObject({ to: { max_wal_size: null } });
    expect(undone('/data/postgresql.auto.conf')).toMatchObject({ to: { max_wal_size: '1GB' } });
  });

  it('is not made larger than a standby that may have less, connected or away, unless somebody knows better', () => {
    const asked = { settings: { max_connections: '200', work_mem: '8MB' } };
    const streaming = { name: 'replica', state: 'streaming', lagBytes: 0 };
    const away = { name: 'replica_slot', isActive: false, lagBytes: 0 };
    const refused = (
      readings: Partial<PostgresPlanInput['readings']>,
      more: Partial<PostgresPlanInput['asked']> = asked,
    ) => rules(postgresPlan(more, { readings }));
    expect(refused({ replicas: [streaming] })).toEqual(['postgres.standby-smaller']);
    expect(refused({ slots: [away] })).toEqual(['downtime.replicas-behind', 'postgres.standby-smaller']);
    expect(refused({ replicas: [{ ...streaming, isLogical: true }] })).toEqual([]);
    expect(refused({ replicas: [streaming] }, { ...asked, standbysAreReady: true })).toEqual([]);
    expect(refused({ replicas: [streaming] }, { settings: { max_connections: '50' } })).toEqual([]);
    const pendingRestart = [{ name: 'max_connections', from: '100', to: '500' }];
    expect(refused({ replicas: [streaming], pendingRestart }, { settings: { wal_buffers: '16MB' } })).toEqual(
      ['postgres.standby-smaller'],
    );
  });

  it('says what else its restart brings into force, and refuses what of that does not fit', () => {
    const pending = (name: string, to: string) => ({
      readings: { pendingRestart: [{ name, from: 'now', to }] },
    });
    const restart = postgresPlan(
      { settings: { wal_buffers: '16MB' } },
      pending('max_worker_processes', '16'),
    );
    expect(restart.notes.find(({ rule }) => rule === 'postgres.pending-restart')?.message).toBe(
      'max_worker_processes now -> 16 was set before, waits for a start, and comes with this one',
    );
    const live = postgresPlan({ settings: { work_mem: '8MB' } }, pending('max_worker_processes', '16'));
    expect(live.notes.map(({ rule }) => rule)).not.toContain('postgres.pending-restart');
    const large = pending('shared_buffers', '6GB');
    expect(rules(postgresPlan({ settings: { wal_buffers: '16MB' } }, large))).toEqual([
      'postgres.shared-buffers',
    ]);
  });

  it('does not get a container that is too small for the buffers in force', () => {
    const buffers = setting(String(2 * 2 ** 17), 'postmaster', { unit: '8kB' });
    const smaller = (memoryBytes: number) =>
      postgresPlan(
        { limits: { cpus: 2, memoryBytes }, settings: { work_mem: '8MB' } },
        {
          settings: { shared_buffers: buffers },
          container: { limits: { cpus: 2, memoryBytes: 8 * GIB }, memoryBytes: reading(GIB) },
        },
      );
    expect(smaller(2 * GIB).refusals).toMatchObject([
      { rule: 'postgres.shared-buffers', path: 'memoryBytes' },
    ]);
    expect(rules(smaller(5 * GIB))).toEqual([]);
    expect(rules(smaller(16 * GIB))).toEqual([]);
  });

  it('changes nothing where everything is so already, in whatever unit', () => {
    const plan = postgresPlan({
      limits: { cpus: 2, memoryBytes: 4 * GIB },
      settings: { shared_buffers: '131072kB', max_connections: '100', work_mem: '4MB' },
    });
    expect(plan.steps).toEqual([]);
    expect(plan.refusals).toEqual([]);
  });

  it('is refused with every reason at once', () => {
    const plan = postgresPlan({
      limits: { cpus: 16, memoryBytes: 128 * GIB },
      backup: undefined,
      settings: {
        shared_buffers: '100GB',
        work_mem: '1kB',
        max_connections: 'many',
        nothing_such: '1',
        archive_command: 'rm',
      },
    });
    expect(rules(plan).toSorted()).toEqual([
      'cpus.host',
      'downtime.backup',
      'memory.host',
      'postgres.setting-bounds',
      'postgres.setting-bounds',
      'postgres.setting-out-of-reach',
      'postgres.setting-unknown',
      'postgres.shared-buffers',
    ]);
    expect(plan.steps).toEqual([]);
  });

  it('does not restart a container that its file no longer fits, nor where the file shall stay as it is', () => {
    expect(rules(postgresPlan({}, { container: { isOutdated: true } }))).toEqual(['compose-file.drift']);
    expect(rules(postgresPlan({ composeFile: 'keep' }))).toEqual(['compose-file.keep']);
  });

  it('that nothing measured calls for is asked about, even where nobody feels it', () => {
    const plan = postgresPlan({ settings: { work_mem: '8MB' } }, { container: { cpuOfLimit: reading(0.1) } });
    expect(plan.downtime).toBeUndefined();
    expect(needsWord(plan)).toBe(true);
  });

  it('is undone to what it was, whatever of it was done', () => {
    const live = Object.keys(settings).filter((name) => settings[name]?.context !== 'postmaster');
    fc.assert(
      fc.property(
        fc.subarray(live),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 3, max: 16 }),
        (some, cpus, gib) => {
          const values = Object.fromEntries(
            some.map((name) => [name, runbookSettings[name as keyof typeof runbookSettings]]),
          );
          const plan = postgresPlan({ settings: values, limits: { cpus, memoryBytes: gib * GIB } });
          const done = plan.steps.flatMap(({ operations }) => operations);
          const state = {
            limits: { cpus: 2, memoryBytes: 4 * GIB },
            settings: {} as Record<string, unknown>,
          };
          const start = structuredClone(state);
          for (const name of some) start.settings[name] = state.settings[name] = fromOf(name);
          for (const operation of [...done, ...undoPlan(done)]) {
            if (operation.kind === 'resizeContainer') Object.assign(state.limits, operation.to);
            if (operation.kind === 'applySettings') Object.assign(state.settings, operation.to);
          }
          expect(state).toEqual(start);
        },
      ),
    );

    function fromOf(name: string): unknown {
      const now = settings[name];
      if (now === undefined || now.source === 'default') return null;
      return name === 'max_wal_size' ? '1GB' : null;
    }
  });
});

describe('a larger Redis', () => {
  /** As `docker run redis-server --save '' --appendonly yes` is, unless a test says otherwise. */
  const runs = ['redis-server', '--save', '', '--appendonly', 'yes'];
  const redisPlan = (
    memoryBytes: number,
    maxmemoryBytes: number,
    more: {
      container?: Partial<DatabaseContainer>;
      readings?: Partial<RedisPlanInput['readings']>;
      asked?: Partial<RedisPlanInput['asked']>;
      settings?: Partial<RedisPlanInput['asked']['settings']>;
    } = {},
  ) =>
    planRedis({
      catalog,
      catalogHash: 'hash',
      observedAtMs: atMs,
      database: 'redis',
      container: containerOf('redis', {
        limits: { memoryBytes: 2 * GIB },
        memoryBytes: reading(GIB / 2),
        command: runs,
        ...more.container,
      }),
      readings: {
        version: '7.2',
        mode: 'standalone',
        hasConfigFile: false,
        settings: { maxmemory: String(GIB), 'maxmemory-policy': 'noeviction', save: '', appendonly: 'yes' },
        keys: 10,
        usedMemoryBytes: reading(0.9 * GIB),
        evictedKeys: reading(0),
        hitRatio: reading(1),
        latencyMs: reading(1),
        ...more.readings,
      },
      asked: {
        ...wanted,
        limits: { memoryBytes },
        ...more.asked,
        settings: {
          maxmemory: String(maxmemoryBytes),
          'maxmemory-policy': 'allkeys-lru',
          save: '',
          appendonly: 'yes',
          ...more.settings,
        },
      },
    });

  it('gets its room first and then what fills it, and the other way round on the way down', () => {
    expect(kinds(redisPlan(4 * GIB, 3.5 * GIB))).toEqual(['resizeContainer', 'applySettings']);
    expect(kinds(redisPlan(GIB, 0.5 * GIB))).toEqual(['applySettings', 'resizeContainer']);
  });

  it('sets only what differs, as the runbook has it, and says that its command line does not know', () => {
    const plan = redisPlan(4 * GIB, 3.5 * GIB);
    expect(plan.steps[1]?.operations).toMatchObject([
      {
        from: { maxmemory: String(GIB), 'maxmemory-policy': 'noeviction' },
        to: { maxmemory: '3758096384', 'maxmemory-policy': 'allkeys-lru' },
      },
    ]);
    expect(plan.notes.map(({ rule }) => rule)).toContain('redis.not-persisted');
    expect(plan.downtime).toBeUndefined();
  });

  it('is refused more than fits its container, and less than is in use', () => {
    expect(rules(redisPlan(4 * GIB, 4 * GIB))).toEqual(['redis.maxmemory']);
    expect(rules(redisPlan(GIB / 4, GIB / 8))).toEqual(['memory.in-use']);
  });

  it('whose command line knows of no append-only file restarts once: any later start would begin without it', () => {
    const plan = redisPlan(4 * GIB, 3.5 * GIB, { container: { command: ['redis-server'] } });
    expect(kinds(plan)).toEqual(['resizeContainer', 'applySettings', 'editComposeFile', 'replaceContainer']);
    expect(plan.downtime?.because).toEqual([
      'save "" is not on the command line: set live alone, any later start would have save 3600 1 300 100 60 10000',
      'appendonly yes is not on the command line: set live alone, any later start would have appendonly no',
    ]);
    expect(plan.steps.at(-1)?.checks).toMatchObject([{ settings: { save: '', appendonly: 'yes' } }]);
    expect(plan.notes.map(({ rule }) => rule)).not.toContain('redis.not-persisted');
    expect(
      rules(
        redisPlan(4 * GIB, 3.5 * GIB, {
          container: { command: ['redis-server'] },
          asked: { composeFile: 'keep' },
        }),
      ),
    ).toEqual(['compose-file.keep']);
  });

  it('is complete at its stop in whatever the containers of before and after read', () => {
    const kept = (command: string[], appendonly: string) =>
      redisPlan(4 * GIB, 3.5 * GIB, {
        container: { command },
        settings: { appendonly },
        asked: { composeFile: 'edit' },
      })
        .steps.flatMap(({ operations }) => operations)
        .flatMap((operation) => (operation.kind === 'replaceContainer' ? operation.storedAs : []));
    expect(kept(runs, 'yes')).toEqual(['appendOnlyFile']);
    expect(kept(['redis-server'], 'no')).toEqual(['snapshot']);
    expect(kept(['redis-server'], 'yes')).toEqual(['appendOnlyFile', 'snapshot']);
    expect(kept(runs, 'no')).toEqual(['appendOnlyFile', 'snapshot']);
  });

  it('with a configuration file restarts only where its command line overrules the file', () => {
    const withFile = (...flags: string[]) =>
      redisPlan(4 * GIB, 3.5 * GIB, {
        readings: { hasConfigFile: true },
        container: { command: ['redis-server', '/etc/redis.conf', ...flags] },
      });
    expect(withFile().downtime).toBeUndefined();
    expect(withFile('--appendonly', 'no').downtime?.because).toHaveLength(1);
  });

  it('that something else starts is not given flags that would never reach it', () => {
    const container = { command: ['sh', '-c', 'redis-server --maxmemory 64mb'] };
    expect(rules(redisPlan(4 * GIB, 3.5 * GIB, { container }))).toEqual([]);
    const switched = { settings: { appendonly: 'no' } };
    expect(rules(redisPlan(4 * GIB, 3.5 * GIB, { container, ...switched }))).toEqual(['redis.command']);
    const edited = { asked: { composeFile: 'edit' as const } };
    expect(rules(redisPlan(4 * GIB, 3.5 * GIB, { container, ...edited }))).toEqual(['redis.command']);
  });

  it('is refused a maxmemory below its use where nothing would be evicted', () => {
    const planned = (policy: string, readings: Partial<RedisPlanInput['readings']> = {}) =>
      redisPlan(2 * GIB, GIB / 2, {
        settings: { 'maxmemory-policy': policy },
        readings: { keys: 10, expiringKeys: reading(0), ...readings },
      });
    const small = (...given: Parameters<typeof planned>) => rules(planned(...given));
    expect(small('allkeys-lru')).toEqual([]);
    expect(small('noeviction')).toEqual(['redis.nothing-to-evict']);
    expect(small('volatile-lru')).toEqual(['redis.nothing-to-evict']);
    const some = planned('volatile-lru', { expiringKeys: reading(5) });
    expect(some.refusals).toEqual([]);
    expect(some.notes.find(({ rule }) => rule === 'redis.volatile')?.message).toContain(
      'only the 5 of 10 keys',
    );
    expect(small('noeviction', { usedMemoryBytes: blind })).toEqual(['redis.nothing-to-evict']);
    expect(small('noeviction', { usedMemoryBytes: reading(GIB / 4) })).toEqual([]);
  });

  it('waits for replicas that do not keep up before it is stopped, and for room on the disk', () => {
    const stopped = (
      readings: Partial<RedisPlanInput['readings']>,
      container: Partial<DatabaseContainer> = {},
    ) =>
      redisPlan(4 * GIB, 3.5 * GIB, {
        asked: { composeFile: 'edit', backup: { kind: 'run' } },
        readings,
        container,
      });
    const replica = (state: string, lagBytes: number) => ({
      replicas: [{ name: '10.0.0.2:6379', state, lagBytes }],
    });
    const others = (plan: ReturnType<typeof stopped>) =>
      rules(plan).filter((rule) => rule !== 'downtime.backup-command');
    expect(others(stopped(replica('online', 10)))).toEqual([]);
    expect(others(stopped(replica('wait_bgsave', 10)))).toEqual(['downtime.replicas-behind']);
    expect(others(stopped(replica('online', 2 ** 30)))).toEqual(['downtime.replicas-behind']);
    expect(others(stopped({}, { diskFreeBytes: reading(GIB / 2) }))).toEqual(['downtime.disk']);
    const blindly = redisPlan(4 * GIB, 3.5 * GIB, {
      asked: { composeFile: 'edit' },
      container: { diskFreeBytes: blind },
    });
    expect(blindly.notes.map(({ rule }) => rule)).toContain('downtime.disk-unknown');
  });

  it.each([
    [[], '3600 1 300 100 60 10000', 'no'],
    [['--save', '900', '1', '--save', '300', '10'], '900 1 300 10', 'no'],
    [['--save', '900 1 300 10', '--APPENDONLY', 'YES'], '900 1 300 10', 'yes'],
    [['--save', '900', '1', '--save', ''], '', 'no'],
  ])('reads %j as a start would', (flags, save, appendonly) => {
    expect(persistenceAfterStart(['redis-server', ...flags], false)).toEqual({ save, appendonly });
  });

  it('keeps the other flags of its command', () => {
    const flags = { maxmemory: '1', 'maxmemory-policy': 'allkeys-lru', save: '', appendonly: 'yes' };
    const command = 'redis-server --maxmemory 64mb --save 60 1 --save 300 10 --port 1 --appendonly no'.split(
      ' ',
    );
    expect(withFlags(command, flags)).toEqual([
      'redis-server',
      '--port',
      '1',
      '--maxmemory',
      '1',
      '--maxmemory-policy',
      'allkeys-lru',
      '--save',
      '',
      '--appendonly',
      'yes',
    ]);
  });
});

describe('a larger MongoDB', () => {
  const mongodbPlan = (
    cacheBytes: number,
    composeFile: ResizeAsked['composeFile'] = 'auto',
    readings: Partial<MongodbPlanInput['readings']> = {},
    more: Partial<ResizeAsked> = {},
  ) =>
    planMongodb({
      catalog,
      catalogHash: 'hash',
      observedAtMs: atMs,
      database: 'mongodb',
      container: containerOf('mongodb'),
      readings: {
        version: '7.0',
        connections: { current: 10, available: 100 },
        poolUtilization: reading(0.1),
        cacheMaxBytes: reading(1.5 * GIB),
        cacheUsedBytes: reading(GIB),
        slowOperations: reading(4),
        ...readings,
      },
      asked: { ...wanted, cacheBytes, composeFile, ...more },
    });

  it('needs no stop: limits and cache are live', () => {
    const plan = mongodbPlan(3.5 * GIB);
    expect(kinds(plan)).toEqual(['resizeContainer', 'applySettings']);
    expect(plan.downtime).toBeUndefined();
    expect(plan.steps[0]?.causes.map(({ rule }) => rule)).toEqual(['mongodb.cpu', 'mongodb.slow']);
  });

  it('has its cache on its command line where it stands in the compose file', () => {
    expect(mongodbPlan(3.5 * GIB, 'edit').steps.at(-1)?.operations[0]).toMatchObject({
      edits: { mongodb: { command: ['mongod', '--wiredTigerCacheSizeGB', '3.5'] } },
    });
    expect(withCache(['mongod', '--wiredTigerCacheSizeGB=1', '--quiet'], GIB)).toEqual([
      'mongod',
      '--quiet',
      '--wiredTigerCacheSizeGB',
      '1',
    ]);
  });

  it('waits for members of its set that do not keep up before it is stopped, and for room on the disk', () => {
    const stopped = (readings: Partial<MongodbPlanInput['readings']>, more: Partial<ResizeAsked> = {}) =>
      rules(mongodbPlan(3.5 * GIB, 'edit', readings, more));
    const member = (state: ReplicaSetMember['state'], lagMs?: number) => ({
      members: [
        { host: 'a', state: 'PRIMARY' as const },
        { host: 'b', state, ...(lagMs === undefined ? {} : { lagMs }) },
      ],
    });
    expect(stopped(member('SECONDARY', 2_000))).toEqual([]);
    expect(stopped(member('ARBITER'))).toEqual([]);
    expect(stopped(member('SECONDARY', 60_000))).toEqual(['downtime.replicas-behind']);
    expect(stopped(member('RECOVERING'))).toEqual(['downtime.replicas-behind']);
    const large = { dataBytes: reading(200 * GIB) };
    expect(stopped(large)).toEqual([]);
    expect(stopped(large, { backup: { kind: 'run' } })).toEqual(['downtime.backup-command', 'downtime.disk']);
  });

  it('is refused a cache that does not fit', () => {
    expect(rules(mongodbPlan(7.5 * GIB))).toEqual(['mongodb.cache']);
  });
});
