import { describe, expect, it } from 'vitest';
import { withHash } from '../../domain/plan-hash.ts';
import { scaleStep } from '../../domain/scale-step.ts';
import { snapshotOf } from '../../domain/snapshot.ts';
import { catalogOf, spec } from './builders.ts';

const catalog = catalogOf([spec('web'), spec('worker'), spec('files', { tier: 'medium' })]);
const plan = withHash({
  procedure: 'emergencyScaling',
  environment: 'shop',
  catalogHash: 'c0ffee',
  observedAtMs: 0,
  finding: '',
  steps: [scaleStep(catalog, 'web', 2, 4, []), scaleStep(catalog, 'worker', 1, 3, [])],
  refusals: [],
  notes: [],
});

describe('what a rollback puts back', () => {
  it('is what the plan saw before it changed anything', () => {
    expect(snapshotOf(catalog, { to: 'snapshot' }, plan)).toEqual({ web: 2, worker: 1 });
  });
  it('is one each of the services that scale, on request', () => {
    expect(snapshotOf(catalog, { to: 'single' }, plan)).toEqual({ web: 1, worker: 1 });
  });
  it('is only of the services that were named', () => {
    expect(snapshotOf(catalog, { to: 'snapshot', services: ['worker'] }, plan)).toEqual({ worker: 1 });
  });
  it('is nothing without a plan', () => expect(snapshotOf(catalog, { to: 'snapshot' }, null)).toEqual({}));
});
