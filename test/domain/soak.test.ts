import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../domain/gates.ts';
import { judgeGate } from '../../domain/gates.ts';
import { gateSampleOf, restartsOf, servicesOfGate, unknownInGate } from '../../domain/gate-readings.ts';
import { judgeSoFar } from '../../domain/soak-verdict.ts';
import { addSample, openWindow, type SoakWindow } from '../../domain/soak-window.ts';
import { defaultGate, gateAfter, soakReport } from '../../domain/soak.ts';
import type { GroupObservation, Observation, ServiceObservation } from '../../domain/observation.ts';
import {
  blind,
  catalogOf,
  groupSeen,
  observationOf,
  reading,
  replica,
  serviceSeen,
  spec,
} from './builders.ts';

const metrics = { kind: 'actuator', port: 8080, basePath: '/actuator' } as const;
const shop = catalogOf([
  spec('api-gateway', { priority: 1, metrics }),
  spec('message-service', {
    priority: 2,
    consumer: { group: 'message-service-group', topic: 'message-events' },
  }),
]);
const seen = (services: ServiceObservation[], more: { groups?: GroupObservation[] } = {}): Observation =>
  observationOf({ services, ...more });

const p95: Gate = { rules: [{ metric: 'p95Ms', below: 500, tolerated: 2, toleratedShare: 0.25 }] };
const of = (value: number | null) => ({ p95Ms: value === null ? blind : reading(value) });
const watch = (gate: Gate, values: readonly (number | null)[]): SoakWindow =>
  values.reduce<SoakWindow>(
    (window, value, index) => addSample(gate, window, of(value), index * 5_000),
    openWindow(gate, 0),
  );
const verdict = (gate: Gate, values: readonly (number | null)[]) => judgeGate(gate, values.map(of)).verdict;

describe('a soak', () => {
  it('forgives one or two bad readings in a row, and no third', () => {
    expect(verdict(p95, [80, 900, 900, 80, 80, 80, 80, 80])).toBe('pass');
    expect(verdict(p95, [80, 900, 900, 900, 80, 80, 80, 80, 80, 80, 80, 80])).toBe('fail');
  });

  it('ends early at the third, and knows when the row began', () => {
    const window = watch(p95, [80, 900, 80, 80, 700, 800, 950]);
    const judged = judgeSoFar(p95, window);
    expect(judged).toMatchObject({ verdict: 'fail', firstBadAtMs: 20_000 });
    const report = soakReport(p95, window, { nowMs: 31_000, verdict: judged });
    expect(report).toMatchObject({
      samples: 7,
      watchedMs: 31_000,
      worst: { p95Ms: 950 },
      mean: { p95Ms: 3_590 / 7 },
      below: { p95Ms: 500 },
      courses: {
        p95Ms: [
          [0, 80],
          [5, 900],
          [10, 80],
          [15, 80],
          [20, 700],
          [25, 800],
          [30, 950],
        ],
      },
      firstBadAtMs: 20_000,
    });
    expect(report.reasons).toEqual(['p95Ms reached 950, not below 500, in 4 of 7 readings']);
  });

  it('does not forgive a platform that is bad every other time, at the end', () => {
    const flapping = [900, 80, 900, 80, 900, 80, 900, 80];
    expect(judgeSoFar(p95, watch(p95, flapping)).verdict).toBe('pass');
    expect(verdict(p95, flapping)).toBe('fail');
  });

  it('counts a reading that is missing as unknown: it is no zero, and does not end a row of bad ones', () => {
    expect(verdict(p95, [900, null, 900, null, 900])).toBe('fail');
    expect(verdict(p95, [null, null, null])).toBe('inconclusive');
    expect(verdict({ ...p95, minKnownShare: 0.5 }, [80, null, null, null])).toBe('inconclusive');
    expect(verdict({ ...p95, minKnownShare: 0.5 }, [80, null, 80, null])).toBe('pass');
  });

  it('says what only informs, and fails nothing for it', () => {
    const gate: Gate = { rules: [{ metric: 'p95Ms', below: 500, onBroken: 'inform' }] };
    const report = soakReport(gate, watch(gate, [900, 900]), { nowMs: 10_000 });
    expect(report).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(report.notes).toEqual(['p95Ms reached 900, not below 500, in 2 of 2 readings']);
    expect(report.firstBadAtMs).toBeUndefined();
  });

  it('does not count what nobody watched, and says so', () => {
    const opened = addSample(p95, openWindow(p95, 0, 15_000), of(80), 5_000);
    const window = addSample(p95, opened, of(80), 125_000);
    const report = soakReport(p95, window, { nowMs: 126_000 });
    expect(report.watchedMs).toBe(6_000);
    expect(report.notes).toEqual(['nobody watched for 2 min: it was watched longer for that']);
  });

  describe('of what was bad before the change', () => {
    const after: Gate = { rules: [{ ...p95.rules[0], metric: 'p95Ms', below: 500, before: 4_000 }] };

    it('is no regression while it is better and falls', () => {
      const report = soakReport(after, watch(after, [3_900, 3_000, 1_500, 900]), {
        nowMs: 0,
      });
      expect(report.verdict).toBe('pass');
      expect(report.notes).toEqual(['p95Ms is 900, not below 500; it was 4000 before the change and falls']);
    });

    it('is for a person when it is better and does not fall', () => {
      expect(verdict(after, [2_000, 2_000, 2_000, 2_100])).toBe('inconclusive');
    });

    it('is one when it is worse than before', () => {
      expect(verdict(after, [4_100, 4_500, 5_000])).toBe('fail');
    });
  });

  it('fails at once for whatever order of three bad readings, and never for two', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (bad) => {
        const values = bad.map((isBad) => (isBad ? 900 : 80));
        const three = bad.some((_, at) => bad[at] && bad[at + 1] && bad[at + 2]);
        expect(judgeSoFar(p95, watch(p95, values)).verdict).toBe(three ? 'fail' : 'pass');
      }),
    );
  });

  it('keeps a window that does not grow with its length', () => {
    const gate = defaultGate(shop, Object.keys(shop.services));
    const sample = Object.fromEntries(gate.rules.map(({ metric }) => [metric, reading(123.456)]));
    let window = openWindow(gate, 0);
    for (let look = 0; look < 20_000; look += 1) window = addSample(gate, window, sample, look * 5_000);
    expect(JSON.stringify(window).length).toBeLessThan(900 * gate.rules.length);
  });
});

describe('the gate of the runbook', () => {
  const gate = defaultGate(shop, ['message-service', 'api-gateway']);
  const rule = (metric: string) => gate.rules.find((one) => one.metric === metric);

  it('calls P95, errors, lag, unhealthy replicas and restarts a regression; the rest informs', () => {
    const fails = gate.rules.filter(({ onBroken }) => onBroken !== 'inform').map(({ metric }) => metric);
    expect(fails).toEqual([
      'p95Ms',
      'errorRate',
      'lagMessages:message-service-group',
      'unhealthy:message-service',
      'unhealthy:api-gateway',
      'restarts:message-service',
      'restarts:api-gateway',
    ]);
    expect(rule('cpuOfLimit:api-gateway')).toMatchObject({ below: 0.7, onBroken: 'inform' });
    expect(rule('p95Ms')).toMatchObject({ below: 2_000 });
    expect(rule('errorRate')).toMatchObject({ below: 0.01 });
    expect(rule('lagMessages:message-service-group')).toMatchObject({ below: 1_000 });
  });

  const services = [
    serviceSeen('api-gateway', 2, { cpu: [0.2, 0.9], p95Ms: reading(300), errorRate: reading(0) }),
    serviceSeen('message-service', 1),
  ];
  const observed = (more: object = {}) =>
    seen(services, { groups: [groupSeen('message-service-group')], ...more });

  it('reads the front door, the hottest replica, and the lag of the group by name', () => {
    const sample = gateSampleOf(gate, shop, observed());
    expect(sample['p95Ms']).toMatchObject({ value: 300 });
    expect(sample['cpuOfLimit:api-gateway']).toMatchObject({ value: 0.9 });
    expect(sample['lagMessages:message-service-group']).toMatchObject({ value: 0 });
    expect(sample['unhealthy:api-gateway']).toMatchObject({ value: 0 });
  });

  it('counts restarts since the soak began, of each replica', () => {
    const [first, second] = [replica('api-gateway', 1, { restartCount: 4 }), replica('api-gateway', 2)];
    const before = seen([{ ...serviceSeen('api-gateway', 0), replicas: [first, second] }]);
    const now = seen([
      {
        ...serviceSeen('api-gateway', 0),
        replicas: [first, { ...second, restartCount: 2 }, replica('api-gateway', 3, { restartCount: 1 })],
      },
    ]);
    const restarts = { rules: [{ metric: 'restarts:api-gateway', below: 1 }] };
    expect(gateSampleOf(restarts, shop, now, restartsOf(before))['restarts:api-gateway']).toMatchObject({
      value: 3,
    });
  });

  it('counts a replica that is not running or not healthy, and not one that starts', () => {
    const replicas = [
      replica('api-gateway', 1, { health: 'unhealthy' }),
      replica('api-gateway', 2, { state: 'exited' }),
      replica('api-gateway', 3, { health: 'starting' }),
    ];
    const now = seen([{ ...serviceSeen('api-gateway', 0), replicas }]);
    const unhealthy = { rules: [{ metric: 'unhealthy:api-gateway', below: 1 }] };
    expect(gateSampleOf(unhealthy, shop, now)['unhealthy:api-gateway']).toMatchObject({ value: 2 });
  });

  it('leaves what was not observed unknown', () => {
    const sample = gateSampleOf(gate, shop, seen([]));
    expect(Object.values(sample).filter(({ known }) => known)).toEqual([]);
  });

  it('takes the worst group where none is named, and none when one could not be read', () => {
    const any = { rules: [{ metric: 'lagMessages', below: 1 }] };
    const groups = [groupSeen('a', { lagMessages: reading(7) }), groupSeen('b')];
    expect(gateSampleOf(any, shop, observed({ groups }))['lagMessages']).toMatchObject({ value: 7 });
    const one = [...groups, groupSeen('b', { lagMessages: blind })];
    expect(gateSampleOf(any, shop, observed({ groups: one }))['lagMessages']?.known).toBe(false);
  });

  it('knows what must be observed for it, and what the catalog does not have', () => {
    expect(servicesOfGate(gate, shop).toSorted()).toEqual(['api-gateway', 'message-service']);
    const strange = {
      rules: ['p95Ms:nobody', 'lagMessages:nothing', 'weather', 'p95Ms'].map((metric) => ({
        metric,
        below: 1,
      })),
    };
    expect(unknownInGate(strange, shop).map(({ path }) => path)).toEqual([
      'gate.rules.0.metric',
      'gate.rules.1.metric',
      'gate.rules.2.metric',
    ]);
  });

  it('remembers P95 and lag that were bad before the change, and nothing that was good', () => {
    const slow = [serviceSeen('api-gateway', 1, { p95Ms: reading(6_000), errorRate: reading(0.2) })];
    const after = gateAfter(gate, shop, seen(slow));
    const remembered = after.rules.flatMap(({ metric, before }) =>
      before === undefined ? [] : [`${metric} ${before}`],
    );
    expect(remembered).toEqual(['p95Ms 6000']);
  });
});
