import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../domain/catalog.ts';
import { planReadReplica, slotOf, type ReadReplicaPlanInput } from '../../domain/plan-read-replica.ts';
import { needsWord } from '../../domain/plan-resize.ts';
import { renderPlan } from '../../domain/render.ts';
import { undoPlan } from '../../domain/undo.ts';
import { reading } from './builders.ts';

const GIB = 2 ** 30;

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
  },
  services: {},
  emergency: { steps: [] },
};

const input = (more: Partial<ReadReplicaPlanInput> = {}): ReadReplicaPlanInput => ({
  catalog,
  catalogHash: 'hash',
  observedAtMs: Date.UTC(2026, 10, 24, 10, 15),
  database: 'postgres',
  container: {
    name: 'shop-postgres',
    service: 'postgres',
    command: ['postgres', '-c', 'max_connections=80'],
    limits: { cpus: 2, memoryBytes: 4 * GIB },
    isOutdated: false,
    cpuOfLimit: reading(0.95),
    memoryOfLimit: reading(0.5),
    memoryBytes: reading(2 * GIB),
    host: { cpus: 8, memoryBytes: 64 * GIB, availableMemoryBytes: reading(32 * GIB) },
    diskFreeBytes: reading(100 * GIB),
  },
  readings: {
    version: '16.4',
    settings: {},
    connections: { used: 20, max: 100 },
    slowQueries: reading(2),
    lockWaits: reading(0),
    poolUtilization: reading(0.2),
    databaseBytes: GIB,
    isInRecovery: false,
    replicas: [],
  },
  replication: {
    databaseName: 'shop',
    user: { name: 'shop', isSuperuser: true },
    walLevel: 'replica',
    senders: { max: 10, used: 0 },
    slots: { max: 10, names: [] },
    streaming: [],
    dataFolder: '/var/lib/postgresql/data',
    slotKeepsMegabytes: -1,
    taken: { services: {}, volumes: [], containers: [] },
  },
  replica: 'postgres-replica-1',
  maxLagBytes: 2 ** 20,
  ...more,
});
const seen = (more: Partial<ReadReplicaPlanInput['replication']>) =>
  input({ replication: { ...input().replication, ...more } });
const pathsAndRules = (of: ReadReplicaPlanInput): string[] => {
  const { refusals, steps } = planReadReplica(of);
  if (refusals.length > 0) expect(steps).toEqual([]);
  return refusals.map(({ rule }) => rule);
};

describe('A read replica', () => {
  it('is let in first, then made; the way back is the other way round, with nothing left out', () => {
    const { steps } = planReadReplica(input());
    const done = steps.flatMap(({ operations }) => operations);
    expect(done.map(({ kind }) => kind)).toEqual(['admitReplica', 'addReadReplica']);
    expect(undoPlan(done)).toEqual(done.toReversed().map((operation) => ({ ...operation, at: 'undo' })));
    expect(undoPlan(undoPlan(done))).toEqual(done);
  });

  it('is made like the primary, with a container name and a volume of its own', () => {
    const operation = planReadReplica(input()).steps[1]?.operations[0];
    expect(operation).toMatchObject({
      added: {
        'postgres-replica-1': {
          like: 'postgres',
          containerName: 'shop-postgres-replica-1',
          volumes: { 'postgres-replica-1-data': '/var/lib/postgresql/data' },
        },
      },
      backup: 'docker-compose.yml.backup.20261124_101500',
    });
  });

  it('has no downtime, and asks only where no symptom calls for it', () => {
    const called = planReadReplica(input());
    expect(called.downtime).toBeUndefined();
    expect(needsWord(called)).toBe(false);
    const calm = input();
    calm.readings.slowQueries = reading(0);
    calm.container.cpuOfLimit = reading(0.1);
    expect(needsWord(planReadReplica(calm))).toBe(true);
  });

  it('that streams already needs nothing', () => {
    const slot = slotOf('postgres-replica-1');
    const there = seen({
      streaming: [{ slot, state: 'streaming', lagBytes: 0 }],
      slots: { max: 10, names: [slot] },
      taken: {
        services: { 'postgres-replica-1': ['postgres'] },
        volumes: ['postgres-replica-1-data'],
        containers: ['shop-postgres-replica-1'],
      },
    });
    expect(planReadReplica(there)).toMatchObject({ steps: [], refusals: [] });
  });

  it('gives the datasource of the runbook with the names of this platform', () => {
    const text = renderPlan(planReadReplica(input()));
    expect(text).toContain('let user-service read from it');
    expect(text).toContain(
      'jdbc-url: jdbc:postgresql://postgres-replica-1:5432/shop\n        read-only: true',
    );
  });

  it('says what a slot without a limit does to the disk of the primary', () => {
    expect(planReadReplica(input()).notes.map(({ rule }) => rule)).toContain('read-replica.slot-keeps');
    const limited = planReadReplica(seen({ slotKeepsMegabytes: 1_024 }));
    expect(limited.notes.map(({ rule }) => rule)).not.toContain('read-replica.slot-keeps');
  });

  it.each<[string, string, ReadReplicaPlanInput]>([
    ['a standby', 'postgres.standby', input({ readings: { ...input().readings, isInRecovery: true } })],
    [
      'a name that is taken',
      'read-replica.name',
      seen({ taken: { services: { 'postgres-replica-1': null }, volumes: ['postgres-replica-1-data'] } }),
    ],
    [
      'a volume that somebody has made',
      'read-replica.volume-taken',
      seen({ taken: { services: {}, volumes: ['postgres-replica-1-data'] } }),
    ],
    [
      'a container of another platform by its name',
      'read-replica.container-taken',
      seen({ taken: { services: {}, volumes: [], containers: ['shop-postgres-replica-1'] } }),
    ],
    ['a user who is no superuser', 'read-replica.role', seen({ user: { name: 'shop', isSuperuser: false } })],
    ['a log with too little in it', 'read-replica.wal-level', seen({ walLevel: 'minimal' })],
    ['too few senders', 'read-replica.senders', seen({ senders: { max: 4, used: 3 } })],
    ['no slot left', 'read-replica.slots', seen({ slots: { max: 1, names: ['other'] } })],
    [
      'a disk without room for the copy',
      'read-replica.disk',
      input({ container: { ...input().container, diskFreeBytes: reading(GIB) } }),
    ],
    [
      'a host without room for it',
      'read-replica.memory',
      input({
        container: {
          ...input().container,
          host: { cpus: 8, memoryBytes: 64 * GIB, availableMemoryBytes: reading(GIB) },
        },
      }),
    ],
    [
      'a file that has drifted',
      'compose-file.drift',
      input({ container: { ...input().container, isOutdated: true } }),
    ],
  ])('is refused for %s, with what to do', (_, rule, of) => {
    expect(pathsAndRules(of)).toEqual([rule]);
  });

  it('takes its own slot of before again, where all are taken', () => {
    const slot = slotOf('postgres-replica-1');
    expect(pathsAndRules(seen({ slots: { max: 1, names: [slot] } }))).toEqual([]);
  });
});
