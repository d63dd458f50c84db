import { describe, expect, it } from 'vitest';
import { withHash } from '../../domain/plan-hash.ts';
import { renderPlan } from '../../domain/render.ts';
import { scaleStep } from '../../domain/scale-step.ts';
import { catalogOf, spec } from './builders.ts';

const catalog = catalogOf(
  [spec('web'), spec('order-worker', { consumer: { group: 'orders', topic: 'order-events' } })],
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
const base = {
  procedure: 'emergencyScaling',
  environment: 'shop',
  catalogHash: 'c0ffee',
  observedAtMs: 0,
  finding: 'web is the bottleneck: CPU 97 % of its limit, P95 6.1 s',
  steps: [],
  refusals: [],
  notes: [],
};

describe('a plan as text', () => {
  it('shows what changes, why, and what is proved afterwards', () => {
    const cause = { rule: 'scale-up.cpu', sentence: 'CPU of web is 97 %, above 70 %' };
    const plan = withHash({
      ...base,
      steps: [scaleStep(catalog, 'web', 1, 3, [cause]), scaleStep(catalog, 'order-worker', 0, 1, [])],
      notes: [{ rule: 'limits', message: 'free memory of the host is unknown' }],
    });
    expect(renderPlan(plan)).toBe(`emergencyScaling on shop
web is the bottleneck: CPU 97 % of its limit, P95 6.1 s

  ~ web           1 -> 3 replicas
  ~ web           1 -> 3 in the upstream
      because CPU of web is 97 %, above 70 %
      then    3 replicas of web healthy and started
      then    each of 3 replicas of web reached through the balancer

  + order-worker  0 -> 1 replica
      then    1 replica of order-worker healthy and started
      then    group orders stable with 1 member, every partition assigned
      then    lag of orders falling, or below 1000

Notes:
  . free memory of the host is unknown

Plan: 2 services to change.
Plan hash: ${plan.hash}
`);
  });

  it('shows every reason of a refusal with what to do', () => {
    const plan = withHash({
      ...base,
      refusals: [
        {
          rule: 'unknown-service',
          path: 'targets.ghost',
          message: 'the catalog has no service ghost',
          remedy: 'name one of web',
        },
      ],
    });
    expect(renderPlan(plan)).toBe(`emergencyScaling on shop
web is the bottleneck: CPU 97 % of its limit, P95 6.1 s

Refused, so nothing will be changed:
  ! targets.ghost: the catalog has no service ghost
      to do: name one of web

Plan: refused for 1 reason.
Plan hash: ${plan.hash}
`);
  });

  it('says that there is nothing to do', () => {
    expect(renderPlan(withHash(base))).toContain('Plan: nothing to do.');
  });
});
