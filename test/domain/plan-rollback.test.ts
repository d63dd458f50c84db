import { describe, expect, it } from 'vitest';
import { scalesOf } from '../../domain/scales.ts';
import type { Operation } from '../../domain/operation.ts';
import type { ServiceFileEdit } from '../../domain/compose-file-operation.ts';
import { isAfterwards } from '../../domain/rollback-beside.ts';
import { planRollback } from '../../domain/plan-rollback.ts';
import { catalogOf, groupSeen, observationOf, serviceSeen, spec } from './builders.ts';

const catalog = catalogOf(
  [
    spec('web', { priority: 1 }),
    spec('worker', { priority: 2, consumer: { group: 'workers', topic: 'jobs' } }),
    spec('mailer', { priority: 3 }),
  ],
  {
    loadBalancer: {
      kind: 'nginx',
      service: 'nginx',
      upstreamService: 'web',
      upstreamName: 'web',
      upstreamPort: 80,
      configFile: '/etc/nginx/conf.d/web.conf',
      serverName: 'shop.test',
      listenPort: 80,
      url: 'http://localhost',
      probePath: '/',
    },
  },
);
const observation = observationOf({
  services: [serviceSeen('web', 3), serviceSeen('worker', 3), serviceSeen('mailer', 1)],
  groups: [groupSeen('workers')],
});
const plan = (snapshot: Record<string, number>) =>
  planRollback({ catalog, catalogHash: 'c0ffee', observation, snapshot });

describe('plan of a rollback', () => {
  it('puts back only what differs, the front door last', () => {
    const made = plan({ web: 1, worker: 2, mailer: 1 });
    expect(made.steps.map(({ title }) => title)).toEqual([
      'Scale worker from 3 to 2 replicas',
      'Scale web from 3 to 1 replica',
    ]);
    expect(made.notes).toEqual([{ rule: 'rollback.same', message: 'mailer already runs 1' }]);
  });

  it('takes replicas out of the upstream before it stops them, and adds them after they run', () => {
    const operations = (to: number) => plan({ web: to }).steps[0]?.operations.map(({ kind }) => kind);
    expect(operations(1)).toEqual(['reloadUpstream', 'scaleService']);
    expect(operations(5)).toEqual(['scaleService', 'reloadUpstream']);
  });

  it('does not ask for falling lag when consumers go', () => {
    expect(plan({ worker: 1 }).steps[0]?.checks.map(({ kind }) => kind)).toEqual([
      'replicasReady',
      'groupStable',
    ]);
  });

  it('has no steps when everything runs as before', () => {
    expect(plan({ web: 3, worker: 3 })).toMatchObject({
      steps: [],
      finding: 'everything already runs as before',
    });
  });

  it('to single is one replica of each', () => {
    const steps = plan({ web: 1, worker: 1, mailer: 1 }).steps;
    expect(scalesOf(steps).map(({ to }) => to)).toEqual([1, 1]);
  });

  it('refuses what the catalog does not know and what nobody could see', () => {
    const blind = planRollback({
      catalog,
      catalogHash: 'c0ffee',
      observation: observationOf({ services: [] }),
      snapshot: { web: 1, ghost: 1 },
    });
    expect(blind.refusals.map(({ rule, path }) => [rule, path])).toEqual([
      ['not-observed', 'snapshot.web'],
      ['unknown-service', 'snapshot.ghost'],
    ]);
  });

  it('takes back what was written into the compose file, the newest edit first', () => {
    const edits = [
      { edits: { web: { replicas: 2 } }, backup: 'copy.one' },
      { edits: { web: { replicas: 3 } }, backup: 'copy.two' },
    ];
    const { steps } = planRollback({
      catalog,
      catalogHash: 'c0ffee',
      observation: observationOf({ services: [serviceSeen('web', 1)] }),
      snapshot: { web: 1 },
      edits,
    });
    expect(steps.map(({ id }) => id)).toEqual(['compose-file']);
    expect(steps[0]?.operations).toMatchObject([
      { kind: 'restoreComposeFile', backup: 'copy.two' },
      { kind: 'restoreComposeFile', backup: 'copy.one' },
    ]);
  });

  it('says whom it would stop, so that whoever approves the plan approves that too', () => {
    const input = { catalog, catalogHash: 'c0ffee', observation, snapshot: { web: 3 } };
    const stops = planRollback({ ...input, stops: 'crescendo-shop-emergency' });
    expect(stops.notes[0]).toMatchObject({ rule: 'rollback.stops' });
    expect(stops.notes[0]?.message).toContain('crescendo-shop-emergency still runs');
    expect(stops.hash).not.toBe(planRollback(input).hash);
  });
});

describe('what a procedure changed beside counts', () => {
  const edits = [{ edits: { postgres: {} }, backup: 'docker-compose.yml.backup.1' }];
  const added = { 'redis-node-1': { like: 'redis', volumes: {} } };
  const beside = (operations: readonly Operation[], isComplete = true) =>
    planRollback({
      catalog,
      catalogHash: 'c0ffee',
      observation,
      snapshot: {},
      edits,
      beside: { procedureId: 'change-1', operations, isComplete },
    });
  const cluster = { service: 'redis', database: 'cache', nodes: ['redis-node-1'], port: 6379 };

  it('is taken back last first in one step, and the file after it', () => {
    const made = beside([
      { kind: 'addServices', service: 'redis', added, backup: 'docker-compose.yml.backup.2' },
      { kind: 'formRedisCluster', ...cluster, isNew: true, at: 'apply' },
    ]);
    expect(made.steps).toHaveLength(1);
    expect(made.steps[0]?.operations.map(({ kind }) => kind)).toEqual([
      'formRedisCluster',
      'removeServices',
      'restoreComposeFile',
    ]);
    expect(made.steps[0]?.checks).toEqual([
      { kind: 'databaseAnswers', service: 'redis', database: 'cache', settings: {} },
    ]);
    expect(made.finding).toContain('3 changes to take back');
  });

  it('is said where nothing puts it back', () => {
    const made = beside([{ kind: 'copyRedisKeys', ...cluster, isNew: false, at: 'apply' }]);
    expect(made.notes.map(({ rule }) => rule)).toEqual(['rollback.stays']);
    // The edits of the file are taken back all the same.
    expect(made.steps.map(({ id }) => id)).toEqual(['compose-file']);
  });

  it('is refused where a restart ended well, and taken back where it was stopped in the middle', () => {
    const edit = { command: ['postgres'] };
    const replaced: Operation = {
      kind: 'replaceContainer',
      service: 'postgres',
      database: 'users',
      edit,
      budgetMs: 60_000,
      at: 'apply',
    };
    expect(beside([replaced]).refusals.map(({ rule }) => rule)).toEqual(['rollback.replaced']);
    const stopped = beside([replaced], false);
    expect(stopped.refusals).toEqual([]);
    expect(stopped.steps[0]?.operations[0]).toMatchObject({ kind: 'replaceContainer', at: 'undo' });
  });
});

describe('plan of a rollback of edited resources', () => {
  const planFor = (edit: ServiceFileEdit) =>
    planRollback({
      catalog,
      catalogHash: 'c0ffee',
      observation,
      snapshot: { worker: 1 },
      edits: [{ edits: { worker: edit, web: edit }, backup: 'copy' }],
    });
  const renewals = (edit: ServiceFileEdit) =>
    planFor(edit).steps.flatMap(({ id, operations }) =>
      operations.flatMap((one) =>
        one.kind === 'renewService' ? [`${id}: ${one.service} ${one.replicas} ${one.at}`] : [],
      ),
    );

  it('renews what runs by the file of before, after the counts are those of before', () => {
    expect(renewals({ replicas: 3, limits: { cpus: 1 } })).toEqual([
      // For the way back of the rollback itself: what runs now would follow the edited file again.
      'compose-file: web 3 undo',
      'compose-file: worker 3 undo',
      'renew: web 3 apply',
      'renew: worker 1 apply',
    ]);
    const { steps } = planFor({ reservations: { cpus: 1 } });
    expect(steps.map(({ id }) => id)).toEqual(['scale-worker', 'compose-file', 'renew']);
    expect(steps.filter(isAfterwards).map(({ id }) => id)).toEqual(['renew']);
  });

  it('renews nothing for an edit of counts', () => {
    expect(renewals({ replicas: 3 })).toEqual([]);
  });
});
