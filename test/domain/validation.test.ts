import { describe, expect, it } from 'vitest';
import type { GroupObservation, Observation, Replica } from '../../domain/observation.ts';
import { known, unknown } from '../../domain/reading.ts';
import { validationRows, verdictOf, type ValidationInput } from '../../domain/validation.ts';
import { catalogOf, groupSeen, observationOf, reading, replica, serviceSeen, spec } from './builders.ts';

const catalog = catalogOf([
  spec('gateway', { priority: 1 }),
  spec('worker', { priority: 2, consumer: { group: 'messages', topic: 'events' } }),
]);
const input = (more: Partial<ValidationInput> = {}): ValidationInput => ({
  catalog,
  observation: observationOf({
    services: [
      serviceSeen('gateway', 2, { p95Ms: reading(120), errorRate: reading(0) }),
      serviceSeen('worker', 1),
    ],
    groups: [
      groupSeen('messages', { topic: 'events', members: 1, assignedMembers: 1, lagMessages: reading(5) }),
    ],
  }),
  errors: [{ service: 'gateway', count: 0, excerpts: [] }],
  errorsOfMs: 600_000,
  spread: { requests: 100, failed: 0, answered: { 'gateway-1': 50, 'gateway-2': 50 } },
  deliveries: { sent: 2, deliveredMs: [200, 300] },
  ...more,
});
const rowOf = (given: ValidationInput, check: string, subject?: string) =>
  validationRows(given).find((row) => row.check.includes(check) && (subject ?? row.subject) === row.subject);

describe('post-scaling validation', () => {
  it('passes what is as expected, and says each number', () => {
    expect(rowOf(input(), 'running', 'gateway')).toMatchObject({
      verdict: 'pass',
      measured: '2 replicas, 2 healthy',
    });
    expect(rowOf(input(), 'balanced')).toMatchObject({
      verdict: 'pass',
      measured: 'gateway-1 50, gateway-2 50',
    });
    expect(rowOf(input(), 'rebalanced')).toMatchObject({ verdict: 'pass' });
    expect(rowOf(input(), 'end to end')).toMatchObject({ verdict: 'pass' });
    expect(rowOf(input(), 'gateway P95')).toMatchObject({ verdict: 'pass', expected: 'below 500 ms' });
    expect(rowOf(input(), 'delivery P95')).toMatchObject({
      verdict: 'pass',
      measured: '300 ms of 2 messages',
    });
  });

  it('fails what is not, with the reason', () => {
    const errors = [{ service: 'gateway', count: 3, excerpts: ['3 x ERROR no pool'] }];
    expect(rowOf(input({ errors }), 'errors')).toMatchObject({
      verdict: 'fail',
      reason: '3 x ERROR no pool',
    });
    const deliveries = { sent: 1, deliveredMs: [], problem: '/api/messages answered 401' };
    expect(rowOf(input({ deliveries }), 'end to end')).toMatchObject({
      verdict: 'fail',
      reason: '/api/messages answered 401',
    });
    const slow = { sent: 1, deliveredMs: [2_500] };
    expect(rowOf(input({ deliveries: slow }), 'delivery P95')?.verdict).toBe('fail');
  });

  it('says unknown for what could not be had, which is neither', () => {
    const { spread: _spread, deliveries: _deliveries, ...blind } = input();
    const observation = observationOf({
      services: [serviceSeen('gateway', 1, { p95Ms: unknown('no histogram', 'actuator') })],
    });
    const rows = validationRows({ ...blind, observation });
    const unknowns = rows.filter(({ verdict }) => verdict === 'unknown').map(({ check }) => check);
    expect(unknowns).toContain('3. load is balanced');
    expect(unknowns).toContain('5. a message from end to end');
    expect(unknowns).toContain('gateway P95');
    expect(verdictOf(rows).passed).toBe(true);
    expect(rows.find(({ check }) => check === 'gateway P95')?.reason).toBe('no histogram');
  });

  it('a group with fewer members than replicas has not rebalanced', () => {
    const observation = {
      ...(input().observation as Observation),
      groups: {
        messages: groupSeen('messages', {
          topic: 'events',
          members: 0,
          state: 'Empty',
          lagMessages: known(0, 'k'),
        }),
      },
    };
    expect(rowOf(input({ observation }), 'rebalanced')).toMatchObject({ verdict: 'fail' });
  });

  it('of a look that could not be made is unknown with its reason, and the other checks stand', () => {
    const notSeen = 'env:TOKEN is not set for this worker';
    const rows = validationRows(input({ deliveries: { notSeen }, errors: { notSeen: 'no engine' } }));
    const row = (check: string) => rows.find((one) => one.check.includes(check));
    expect(row('end to end')).toMatchObject({ verdict: 'unknown', reason: notSeen });
    expect(row('delivery P95')).toMatchObject({ verdict: 'unknown', reason: notSeen });
    expect(row('errors in the log')).toMatchObject({ verdict: 'unknown', reason: 'no engine' });
    expect(row('balanced')?.verdict).toBe('pass');
  });

  it('with nothing but unknown does not pass', () => {
    const notSeen = 'the engine does not answer';
    const blind = {
      observation: { notSeen },
      errors: { notSeen },
      spread: { notSeen },
      deliveries: { notSeen },
    };
    const rows = validationRows(input(blind));
    expect(rows.every(({ verdict, reason }) => verdict === 'unknown' && reason !== undefined)).toBe(true);
    expect(verdictOf(rows).passed).toBe(false);
  });
});

describe('validation of what runs', () => {
  it('a replica that has crashed fails, however many others run', () => {
    const crashed = replica('gateway', 3, { state: 'exited', health: 'none' });
    const gateway = serviceSeen('gateway', 2);
    const observation = observationOf({
      services: [{ ...gateway, replicas: [...gateway.replicas, crashed] }, serviceSeen('worker', 1)],
    });
    expect(rowOf(input({ observation }), 'running', 'gateway')).toMatchObject({
      verdict: 'fail',
      measured: '3 replicas, 2 healthy',
      reason: 'shop-gateway-3 is exited',
    });
  });

  const withDatabase = (infrastructure: Record<string, Replica[]> | undefined) => {
    const postgres = { kind: 'postgres', service: 'db', url: 'env:URL', stopGraceMs: 1 } as const;
    const platform = { kind: 'compose', project: 'shop' } as const;
    const observation = {
      ...(input().observation as Observation),
      ...(infrastructure === undefined ? {} : { infrastructure }),
    };
    const given = input({ catalog: { ...catalog, platform, databases: { postgres } }, observation });
    return rowOf(given, 'running', 'db');
  };

  it('a database that does not run or is ill fails, and one that nobody looked for is unknown', () => {
    expect(withDatabase({ db: [replica('db', 1)] })?.verdict).toBe('pass');
    expect(withDatabase({ db: [] })).toMatchObject({ verdict: 'fail', reason: 'fewer than 1' });
    expect(withDatabase({ db: [replica('db', 1, { state: 'exited' })] })?.verdict).toBe('fail');
    expect(withDatabase({ db: [replica('db', 1, { health: 'unhealthy' })] })?.verdict).toBe('fail');
    expect(withDatabase(undefined)?.verdict).toBe('unknown');
  });

  it('the container of before, which waits beside the database that runs, is no failure', () => {
    const before = replica('db', 2, { state: 'exited' });
    expect(withDatabase({ db: [replica('db', 1), before] })?.verdict).toBe('pass');
  });
});

describe('validation of logs', () => {
  const seen = (more: object) => [{ service: 'gateway', count: 0, excerpts: [], ...more }];

  it('a log that nobody could read is unknown, and no error line', () => {
    const errors = seen({ unread: ['the log of gateway-2 could not be read: gone'] });
    expect(rowOf(input({ errors }), 'errors')).toMatchObject({
      verdict: 'unknown',
      measured: 'at least 0 lines',
      reason: 'the log of gateway-2 could not be read: gone',
    });
  });

  it('lines beyond the limit are said: no error in the rest proves nothing, one is one', () => {
    const cut = { cut: ['gateway-1'], cutAt: 5_000 };
    expect(rowOf(input({ errors: seen(cut) }), 'errors')).toMatchObject({
      verdict: 'unknown',
      reason: 'only the last 5000 lines of gateway-1 were read, and they do not go back that far',
    });
    expect(rowOf(input({ errors: seen({ ...cut, count: 2 }) }), 'errors')).toMatchObject({
      verdict: 'fail',
      measured: 'at least 2 lines',
    });
  });
});

describe('validation of consumer groups', () => {
  const rowFor = (group: Partial<GroupObservation>) => {
    const groups = { messages: groupSeen('messages', { topic: 'events', ...group }) };
    return rowOf(input({ observation: { ...(input().observation as Observation), groups } }), 'rebalanced');
  };

  it('one that could not be read is unknown, with the reason', () => {
    const lagMessages = unknown('no broker answers', 'Kafka');
    expect(rowFor({ state: 'Unknown', members: 0, assignedMembers: 0, lagMessages })).toMatchObject({
      verdict: 'unknown',
      reason: 'no broker answers',
    });
  });

  it('a member more than replicas fails: it is gone, and still holds partitions', () => {
    expect(rowFor({ members: 2, assignedMembers: 2 })).toMatchObject({
      verdict: 'fail',
      reason: '2 members for 1 replica of worker: one that is gone still counts',
    });
  });

  it('says which partitions each member has', () => {
    const row = rowFor({ partitions: 6, memberPartitions: { 'worker/10.0.0.3#ab12': [0, 1, 2, 4, 5, 3] } });
    expect(row).toMatchObject({
      verdict: 'pass',
      measured: 'Stable, 1 member, 6 partitions: worker/10.0.0.3#ab12 0-5',
    });
    expect(rowFor({ partitions: 6, memberPartitions: { w: [0, 1, 4] } })).toMatchObject({
      verdict: 'fail',
      reason: '3 partitions without a member',
    });
  });
});

describe('validation by a watched window', () => {
  const soak = {
    verdict: 'pass' as const,
    reasons: [],
    notes: [],
    samples: 180,
    watchedMs: 900_000,
    worst: { p95Ms: 900, errorRate: 0.01 },
    mean: { p95Ms: 450, errorRate: 0.002 },
  };

  it('judges P95 and errors over all of it, not over one short sample', () => {
    expect(rowOf(input({ soak }), 'gateway P95')).toMatchObject({
      verdict: 'pass',
      measured: '450 ms (mean of 15 min, up to 900 ms)',
    });
    expect(rowOf(input({ soak }), 'error rate')).toMatchObject({
      verdict: 'fail',
      measured: '0.2 % (mean of 15 min, up to 1 %)',
    });
  });

  it('takes the sample where the gate had no such rule', () => {
    const { mean: _mean, ...without } = soak;
    expect(rowOf(input({ soak: without }), 'gateway P95')).toMatchObject({ measured: '120 ms' });
  });
});
