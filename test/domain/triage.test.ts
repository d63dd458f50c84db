import { describe, expect, it } from 'vitest';
import { emergencyIndicators } from '../../domain/emergency-indicators.ts';
import { triage } from '../../domain/triage.ts';
import { catalogOf, groupSeen, observationOf, reading, serviceSeen, spec } from './builders.ts';

const catalog = catalogOf(
  [
    spec('web', { priority: 1 }),
    spec('worker', { priority: 2, consumer: { group: 'workers', topic: 'jobs' } }),
    spec('mailer', { priority: 3 }),
  ],
  { normalRequestRatePerMinute: 100 },
);

describe('triage', () => {
  it('ranks by the worse of CPU and memory against its threshold, and names the bottleneck', () => {
    const found = triage(
      catalog,
      observationOf({
        services: [
          serviceSeen('web', 1, { cpu: 0.75, memory: 0.2 }),
          serviceSeen('worker', 1, { cpu: 0.1, memory: 0.95 }),
          serviceSeen('mailer', 1, { cpu: 0.2, memory: 0.2 }),
        ],
      }),
    );
    expect(found.ranking.map(({ service }) => service)).toEqual(['worker', 'web', 'mailer']);
    expect(found.bottleneck?.service).toBe('worker');
    expect(found.finding).toBe('worker is the bottleneck: CPU 10 % of its limit, memory 95 % of its limit');
  });

  it('goes by the hottest replica and says the mean beside it', () => {
    const found = triage(
      catalog,
      observationOf({ services: [serviceSeen('web', 3, { cpu: [0.2, 0.98, 0.2] })] }),
    );
    expect(found.bottleneck).toMatchObject({ hottestCpu: 0.98, meanCpu: expect.closeTo(0.46) as number });
    expect(found.finding).toContain('CPU 98 % of its limit (mean of 3 replicas 46 %)');
  });

  it('says latency, errors and lag of the bottleneck where they are known', () => {
    const observation = observationOf({
      services: [serviceSeen('worker', 1, { cpu: 0.9, p95Ms: reading(6100), errorRate: reading(0.07) })],
      groups: [groupSeen('workers', { lagMessages: reading(4200) })],
    });
    expect(triage(catalog, observation).finding).toBe(
      'worker is the bottleneck: CPU 90 % of its limit, P95 6.1 s, errors 7 %, lag 4200',
    );
  });

  it('names no bottleneck while nothing is above its threshold', () => {
    const found = triage(catalog, observationOf({ services: [serviceSeen('web', 1, { cpu: 0.6 })] }));
    expect(found.bottleneck).toBeUndefined();
    expect(found.finding).toBe(
      'no service is short of CPU or memory; the busiest is web: CPU 60 % of its limit',
    );
  });

  it('does not take a service without readings for an idle one, nor for the bottleneck', () => {
    const blindAll = triage(
      catalog,
      observationOf({ services: [serviceSeen('web', 1, { cpu: null, memory: null })] }),
    );
    expect(blindAll.bottleneck).toBeUndefined();
    expect(blindAll.finding).toContain('no CPU or memory could be read');
    const blindOne = triage(
      catalog,
      observationOf({
        services: [
          serviceSeen('web', 1, { cpu: null, memory: null }),
          serviceSeen('mailer', 1, { cpu: 0.01 }),
        ],
      }),
    );
    expect(blindOne.ranking.map(({ service }) => service)).toEqual(['mailer', 'web']);
  });
});

describe('indicators of an emergency', () => {
  const at = (rate: number, p95: number, errors: number) =>
    emergencyIndicators(
      catalog,
      observationOf({
        services: [
          serviceSeen('web', 1, {
            requestRatePerMinute: reading(rate),
            p95Ms: reading(p95),
            errorRate: reading(errors),
          }),
        ],
      }),
    ).map(({ fired }) => fired);

  it('are more than twice the normal rate, P95 above 5 s, errors above 5 %', () => {
    expect(at(201, 5001, 0.051)).toEqual([true, true, true]);
    expect(at(200, 5000, 0.05)).toEqual([false, false, false]);
  });

  it('are unknown, not absent, without a reading or without a normal rate in the catalog', () => {
    const blind = emergencyIndicators(catalog, observationOf({ services: [serviceSeen('web', 1)] }));
    expect(blind.map(({ fired }) => fired)).toEqual(['unknown', 'unknown', 'unknown']);
    const { normalRequestRatePerMinute: _none, ...without } = catalog;
    const services = [serviceSeen('web', 1, { requestRatePerMinute: reading(9e9) })];
    expect(emergencyIndicators(without, observationOf({ services }))[0]).toMatchObject({
      fired: 'unknown',
      sentence: 'request rate of web is unknown (the catalog gives no normalRequestRate)',
    });
  });
});
