import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planScaleDown } from '../../domain/plan-scale-down.ts';
import { scaleDownSteps } from '../../domain/scale-down-steps.ts';
import { scaleDownTargets } from '../../domain/scale-down-targets.ts';
import { scalesOf } from '../../domain/scales.ts';
import type { ServiceObservation } from '../../domain/observation.ts';
import { catalogOf, groupSeen, observationOf, reading, serviceSeen, spec } from './builders.ts';

const metrics = { kind: 'actuator', port: 8080, basePath: '/actuator' } as const;
const catalog = catalogOf(
  [
    spec('web', { priority: 1, metrics }),
    spec('worker', {
      priority: 2,
      replicas: { min: 2, max: 9 },
      consumer: { group: 'workers', topic: 'jobs' },
    }),
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
const calm = { cpu: 0.15, p95Ms: reading(80), errorRate: reading(0) };
const observation = (web: ServiceObservation = serviceSeen('web', 3, calm)) =>
  observationOf({
    services: [web, serviceSeen('worker', 4, { cpu: 0.15 }), serviceSeen('mailer', 2, { cpu: 0.15 })],
    groups: [groupSeen('workers')],
  });
const plan = (targets: Record<string, number>, more: Partial<Parameters<typeof planScaleDown>[0]> = {}) =>
  planScaleDown({
    catalog,
    catalogHash: 'c0ffee',
    observation: observation(),
    targets,
    asked: false,
    drainMs: 30_000,
    ...more,
  });

describe('plan of a gradual scale-down', () => {
  it('is a step for each replica, services in reverse priority, the front door last', () => {
    const made = plan({ web: 1, worker: 2, mailer: 1 });
    expect(made.refusals).toEqual([]);
    expect(made.steps.map(({ title }) => title)).toEqual([
      'Scale mailer from 2 to 1 replica',
      'Scale worker from 4 to 3 replicas',
      'Scale worker from 3 to 2 replicas',
      'Scale web from 3 to 2 replicas',
      'Scale web from 2 to 1 replica',
    ]);
    expect(made.finding).toBe(
      '5 replicas to take away, one at a time: web 3 -> 1, worker 4 -> 2, mailer 2 -> 1',
    );
  });

  it('takes a replica out of the balancer, then empties and stops it, then removes it', () => {
    const [step] = plan({ web: 2 }).steps;
    expect(step?.operations.map(({ kind }) => kind)).toEqual([
      'reloadUpstream',
      'drainReplicas',
      'scaleService',
    ]);
    const [worker] = plan({ worker: 3 }).steps;
    expect(worker?.operations.map(({ kind }) => kind)).toEqual(['drainReplicas', 'scaleService']);
    expect(worker?.checks).toContainEqual({
      kind: 'groupStable',
      service: 'worker',
      group: 'workers',
      topic: 'jobs',
      members: 3,
    });
  });

  it('never goes below the minimum: a wish is refused, a snapshot is raised', () => {
    expect(plan({ worker: 1 }, { asked: true }).refusals.map(({ rule, path }) => `${rule} ${path}`)).toEqual([
      'below-minimum targets.worker',
    ]);
    expect(scalesOf(plan({ worker: 1 }).steps).at(-1)).toMatchObject({ to: 2 });
  });

  it('scales nothing down whose CPU nobody knows: missing is not zero', () => {
    const blind = observation(serviceSeen('web', 3, { ...calm, cpu: [0.1, null as unknown as number, 0.1] }));
    const made = plan({ web: 1, mailer: 1 }, { observation: blind });
    expect(made.steps.map(({ service }) => service)).toEqual(['mailer']);
    expect(made.notes.map(({ rule }) => rule)).toEqual(['scale-down.no-metric']);
    const asked = plan({ web: 1 }, { observation: blind, asked: true });
    expect(asked.refusals.map(({ rule }) => rule)).toEqual(['no-metric']);
  });

  it('tries what is short of headroom only, and says so', () => {
    const warm = observation(serviceSeen('web', 3, { ...calm, cpu: 0.26 }));
    const made = plan({ web: 1 }, { observation: warm });
    expect(scalesOf(made.steps).at(-1)).toMatchObject({ to: 1 });
    expect(made.notes[0]?.message).toBe('with 1 replica web would use 78 % of its CPU; the gate will tell');
  });

  it('leaves what the present rate needs, by the capacity of the catalog', () => {
    const busy = observation(
      serviceSeen('web', 3, { ...calm, cpu: 0.9, requestRatePerMinute: reading(900) }),
    );
    const rated = (perMinute: number) => ({
      ...catalog,
      services: {
        ...catalog.services,
        web: spec('web', { priority: 1, metrics, capacity: { perMinute, of: 'requests' as const } }),
      },
    });
    expect(scalesOf(plan({ web: 1 }, { observation: busy, catalog: rated(900) }).steps).at(-1)).toMatchObject(
      { to: 1 },
    );
    const made = plan({ web: 1 }, { observation: busy, catalog: rated(500) });
    expect(scalesOf(made.steps)).toMatchObject([{ from: 3, to: 2 }]);
    expect(made.notes[0]?.message).toBe(
      '900/min need 2 replicas of web, which carry 500/min each: it goes down to 2 only',
    );
    const asked = plan({ web: 1 }, { observation: busy, catalog: rated(500), asked: true });
    expect(asked.refusals).toMatchObject([{ rule: 'no-headroom', remedy: 'ask for 2' }]);
  });

  it('leaves what the present CPU needs', () => {
    const busy = observation(serviceSeen('web', 3, { ...calm, cpu: 0.4 }));
    const made = plan({ web: 1 }, { observation: busy });
    expect(scalesOf(made.steps)).toMatchObject([{ from: 3, to: 2 }]);
    expect(made.notes[0]?.message).toBe(
      'with 1 replica web would use 120 % of its CPU: it goes down to 2 only',
    );
    const asked = plan({ web: 1 }, { observation: busy, asked: true });
    expect(asked.refusals).toMatchObject([{ rule: 'no-headroom', remedy: 'ask for 2' }]);
  });

  it('refuses while the platform is not healthy as it is', () => {
    const slow = observation(serviceSeen('web', 3, { ...calm, p95Ms: reading(2_500) }));
    expect(plan({ web: 1 }, { observation: slow }).refusals).toMatchObject([
      { rule: 'unhealthy-now', path: 'p95Ms', message: 'p95Ms is 2500 now, not below 2000' },
    ]);
  });

  it('refuses unknown services and gates of unknown metrics with their paths', () => {
    const gate = { rules: [{ metric: 'p95Ms:nobody', below: 1 }] };
    const made = plan({ nobody: 1 }, { gate });
    expect(made.refusals.map(({ path }) => path)).toEqual(['targets.nobody', 'gate.rules.0.metric']);
  });

  it('has nothing to do where nothing is above its target', () => {
    const made = plan({ web: 3, worker: 5 });
    expect(made.steps).toEqual([]);
    expect(made.finding).toBe('nothing can be taken away');
    expect(made.notes).toHaveLength(2);
  });

  it('goes down by exactly one in each step, from what runs to the target, in whatever case', () => {
    const counts = fc.record({ web: fc.integer({ min: 0, max: 9 }), worker: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(counts, counts, (now, targets) => {
        const steps = scaleDownSteps(catalog, now, targets, 1_000);
        const scales = scalesOf(steps);
        expect(scales.every(({ from, to }) => to === from - 1)).toBe(true);
        expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
        for (const service of ['web', 'worker'] as const) {
          const least = Math.max(catalog.services[service]?.replicas.min ?? 1, targets[service]);
          const ofService = scales.filter((scale) => scale.service === service);
          const went = Array.from(
            { length: Math.max(0, now[service] - least) },
            (_, index) => now[service] - index,
          );
          expect(ofService.map(({ from }) => from)).toEqual(went);
        }
      }),
    );
  });
});

describe('targets of a scale-down', () => {
  const earlier = plan({ web: 1 });
  const before = { procedureId: 'shop-emergency', plan: earlier, isNamed: false };

  it('are what ran before the procedure, as the first of its steps saw it', () => {
    expect(scaleDownTargets(catalog, { to: 'snapshot' }, before)).toEqual({
      targets: { web: 3 },
      because: 'back to what ran before shop-emergency',
    });
  });

  it('are the minimum where nothing ran before, or that is asked for', () => {
    const least = { web: 1, worker: 2, mailer: 1 };
    expect(scaleDownTargets(catalog, { to: 'snapshot' }, { ...before, plan: null }).targets).toEqual(least);
    expect(scaleDownTargets(catalog, { to: 'minimum' }, before).targets).toEqual(least);
  });

  it('are never a guess: a plan that should be there and is not known is an error that says what to do', () => {
    const unread = { ...before, plan: null, unread: 'no worker answers' };
    expect(() => scaleDownTargets(catalog, { to: 'snapshot' }, unread)).toThrow(
      /shop-emergency does not tell its plan \(no worker answers\).*give the targets, or use to: minimum/,
    );
    const named = { ...before, plan: null, isNamed: true };
    expect(() => scaleDownTargets(catalog, { to: 'snapshot' }, named)).toThrow(/has no plan/);
    expect(scaleDownTargets(catalog, { to: 'minimum' }, named).targets).toHaveProperty('web', 1);
  });

  it('are none where the procedure that was named has scaled nothing', () => {
    const named = { ...before, plan: { ...earlier, steps: [] }, isNamed: true };
    expect(scaleDownTargets(catalog, { to: 'snapshot' }, named).targets).toEqual({});
  });

  it('are what a person named, and only of the services that were named', () => {
    const wanted = { to: 'snapshot' as const, targets: { web: 2, worker: 3 }, services: ['worker'] };
    expect(scaleDownTargets(catalog, wanted, before).targets).toEqual({ worker: 3 });
  });
});
