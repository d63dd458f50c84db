import { assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planPlanned, type PlannedPlanInput } from '../../domain/plan-planned.ts';
import { renderPlan } from '../../domain/render.ts';
import { serverSizing } from '../../domain/server-sizing.ts';
import { sortWaves, wavesOf } from '../../domain/waves.ts';
import { catalogOf, observationOf, serviceSeen, spec } from './builders.ts';

const HOUR = 3_600_000;
const capacity = (perMinute: number) => ({ capacity: { perMinute, of: 'requests' as const } });
const catalog = catalogOf([
  spec('gateway', { priority: 1, ...capacity(500) }),
  spec('messages', { priority: 2, ...capacity(1_000), consumer: { group: 'g', topic: 't' } }),
  spec('router', { priority: 3 }),
]);
const specs = [
  { share: 0.5, beforeMs: 2 * HOUR },
  { share: 0.75, beforeMs: HOUR },
  { share: 1, beforeMs: HOUR / 2 },
];
const startMs = 100 * HOUR;
const input = (more: Partial<PlannedPlanInput> = {}): PlannedPlanInput => ({
  catalog,
  catalogHash: 'c',
  observation: observationOf({
    services: [serviceSeen('gateway', 1), serviceSeen('messages', 1), serviceSeen('router', 1)],
  }),
  partitions: { t: 12 },
  obstacles: [],
  event: { name: 'launch', startMs, endMs: startMs + HOUR, timeZone: 'UTC', notes: [] },
  nowMs: startMs - 3 * HOUR,
  peaks: {},
  targets: {},
  safetyFactor: 1.5,
  steps: specs,
  editFile: true,
  resources: {},
  ...more,
});
const peakOf = (more: Partial<PlannedPlanInput>) => planPlanned(input(more)).schedule?.waves.at(-1)?.replicas;

describe('the plan of an event', () => {
  test('counts as the appendix does: 2000/min of 500 are 6, 5000/min of 1000 are 8', () => {
    const plan = planPlanned(input({ peaks: { gateway: 2_000, messages: 5_000 } }));
    expect(plan.schedule?.waves.at(-1)?.replicas).toEqual({ gateway: 6, messages: 8 });
    expect(
      plan.steps
        .flatMap(({ causes }) => causes)
        .map(({ sentence }) => sentence)
        .join(),
    ).toContain('5000/min / 1000/min x 1.5 = 8');
  });

  test('a safety factor of 1 is the rule of thumb of 2.1', () =>
    expect(peakOf({ peaks: { messages: 5_000 }, safetyFactor: 1 })).toEqual({ messages: 5 }));

  test('what is computed is capped by partitions and catalog with a note; what is asked for is refused', () => {
    expect(peakOf({ peaks: { messages: 5_000 }, partitions: { t: 4 } })).toEqual({ messages: 4 });
    const capped = planPlanned(input({ peaks: { gateway: 50_000 } }));
    expect(capped.schedule?.waves.at(-1)?.replicas).toEqual({ gateway: 10 });
    expect(capped.notes.map(({ rule }) => rule)).toContain('limits.catalog-max');
    const asked = planPlanned(input({ targets: { messages: 5 }, partitions: { t: 4 } }));
    expect(asked.refusals).toMatchObject([{ rule: 'limits.partitions', path: 'targets.messages' }]);
  });

  test('a service without a capacity cannot be counted from a peak', () =>
    expect(planPlanned(input({ peaks: { router: 100 } })).refusals).toMatchObject([
      { rule: 'no-capacity', path: 'peaks.router' },
    ]));

  describe('with other resources for its replicas', () => {
    const gib = 2 ** 30;
    const resources = (memoryBytes: number) => ({ gateway: { limits: { memoryBytes } } });

    test('counts what those that run grow by, and the moment in which new ones stand beside them', () => {
      const { forecast } = planPlanned(input({ targets: { gateway: 2 }, resources: resources(10 * gib) }));
      expect(forecast?.left.map(({ when, memoryLeftBytes }) => [when, (memoryLeftBytes ?? 0) / gib])).toEqual(
        [
          ['now', 40],
          ['renewal', 30],
          ['50 %', 30.5],
          ['75 %', 20.5],
          ['100 %', 20.5],
        ],
      );
    });

    test('caps what was computed, and refuses what was asked for, by the memory that they will need', () => {
      const capped = planPlanned(input({ peaks: { gateway: 2_000 }, resources: resources(10 * gib) }));
      // One that runs grows by 9.5 GiB, and three of 10 GiB more would need another 30.
      expect(capped.schedule?.waves.at(-1)?.replicas).toEqual({ gateway: 4 });
      const asked = planPlanned(input({ targets: { gateway: 6 }, resources: resources(10 * gib) }));
      expect(asked.refusals.map(({ rule }) => rule)).toContain('limits.host-room');
    });

    test('is refused where the hosts cannot carry new replicas beside the old ones', () => {
      const observation = observationOf({ services: [serviceSeen('gateway', 5)] });
      const plan = planPlanned(
        input({ observation, targets: { gateway: 5 }, resources: resources(10 * gib) }),
      );
      expect(plan.refusals).toMatchObject([
        { rule: 'limits.renewal-room', path: 'composeFile.resources.gateway' },
      ]);
      expect(plan.refusals[0]?.message).toContain('50 GiB');
    });

    test('writes them with the first wave, also where enough replicas run', () => {
      const observation = observationOf({ services: [serviceSeen('gateway', 2)] });
      const { steps } = planPlanned(
        input({ observation, targets: { gateway: 2 }, resources: resources(gib) }),
      );
      expect(steps.map(({ id }) => id)).toEqual(['wave-1-file']);
      expect(steps[0]?.operations.map(({ kind }) => kind)).toEqual([
        'renewService',
        'editComposeFile',
        'renewService',
      ]);
    });
  });

  test('the compose file is written at each wave, before its services', () => {
    const { steps } = planPlanned(input({ targets: { gateway: 3 } }));
    expect(steps.map(({ id }) => id)).toEqual([
      'wave-1-file',
      'wave-1-gateway',
      'wave-3-file',
      'wave-3-gateway',
    ]);
    expect(steps.map(({ atMs = 0 }) => (startMs - atMs) / HOUR)).toEqual([2, 2, 0.5, 0.5]);
  });

  test('the same plan a second later has the same hash, with other room on the hosts', () => {
    const one = input({ targets: { gateway: 3 } });
    const two = { ...one, nowMs: one.nowMs + 1_000, observation: { ...one.observation, atMs: 2_000_000 } };
    expect(planPlanned(two).hash).toBe(planPlanned(one).hash);
  });

  test('is told as a table', () => {
    const text = renderPlan(planPlanned(input({ peaks: { gateway: 2_000 } })));
    expect(text).toMatch(/50 % {2,}3/);
    expect(text).toContain('replica-hours above what runs now');
  });

  test('never goes below what runs, never down on the way, and ends at the target', () =>
    assert(
      property(integer({ min: 1, max: 10 }), integer({ min: 1, max: 10 }), (now, target) => {
        const observation = observationOf({ services: [serviceSeen('gateway', now)] });
        const waves = planPlanned(input({ observation, targets: { gateway: target } })).schedule?.waves ?? [];
        const counts = [now, ...waves.map(({ replicas }) => replicas['gateway'] ?? 0)];
        expect(counts).toEqual(counts.toSorted((a, b) => a - b));
        expect(counts.at(-1)).toBe(Math.max(now, target));
      }),
    ));
});

test('of the waves whose time has come only the newest is due', () =>
  assert(
    property(integer({ min: -4 * HOUR, max: HOUR }), (offset) => {
      const nowMs = startMs + offset;
      const { skipped, due, toCome } = sortWaves(wavesOf(specs, startMs), nowMs);
      expect(skipped.length + (due === undefined ? 0 : 1) + toCome.length).toBe(3);
      expect(skipped.every(({ atMs }) => atMs < (due?.atMs ?? 0) && atMs <= nowMs)).toBe(true);
      expect(toCome.every(({ atMs }) => atMs > nowMs)).toBe(true);
    }),
  ));

test('the sizing has a line for each service and part, a figure for the disk, and says what it does not know', () => {
  const { baseline: _, ...unknown } = spec('messages');
  const sized = catalogOf([spec('gateway'), unknown], {
    kafka: { brokers: ['x'] },
    databases: { mongo: { kind: 'mongodb', service: 'mongodb', url: 'env:X', stopGraceMs: 1 } },
  });
  const observation = observationOf({ services: [serviceSeen('gateway', 1), serviceSeen('messages', 1)] });
  const text = renderPlan(planPlanned(input({ catalog: sized, observation, targets: { gateway: 6 } })));
  expect(text).toMatch(/gateway +6 x 0\.5 CPUs and 512 MiB/);
  expect(text).toMatch(/messages +1 x unknown: the catalog gives no baseline of it/);
  expect(text).toMatch(/kafka +1 x 2 CPUs and 4 GiB/);
  expect(text).toMatch(/mongodb +1 x 2 CPUs and 4 GiB/);
  expect(text).toContain(
    'services 3 CPUs and 3 GiB, infrastructure 4 CPUs and 8 GiB, with headroom at least',
  );
  expect(text).toContain('disk 500 GB of SSD');
});

test('a server is sized as in the appendix', () => {
  const { services, infrastructure } = serverSizing(
    { ...catalog, kafka: { brokers: ['x'] } },
    { gateway: 6 },
  );
  expect(services).toEqual({ cpus: 3, memoryBytes: 3 * 2 ** 30 });
  expect(infrastructure).toEqual({ cpus: 2, memoryBytes: 4 * 2 ** 30 });
});
