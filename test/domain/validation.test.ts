import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../domain/reading.ts';
import { validationRows, verdictOf, type ValidationInput } from '../../domain/validation.ts';
import { catalogOf, groupSeen, observationOf, reading, serviceSeen, spec } from './builders.ts';

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
      ...input().observation,
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
});
