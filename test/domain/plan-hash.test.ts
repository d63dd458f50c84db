import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { hashOf, hashPlan, withHash } from '../../domain/plan-hash.ts';
import type { Plan } from '../../domain/plan.ts';

const plan: Plan = {
  procedure: 'emergencyScaling',
  environment: 'shop',
  catalogHash: 'c0ffee',
  observedAtMs: 1,
  finding: 'web is the bottleneck',
  steps: [
    {
      id: 'scale-web',
      title: 'Scale web to 3',
      service: 'web',
      causes: [{ rule: 'cpu', value: 0.97, threshold: 0.7, sentence: 'CPU 97 %' }],
      operations: [{ kind: 'scaleService', service: 'web', from: 1, to: 3 }],
      checks: [{ kind: 'replicasReady', service: 'web', replicas: 3 }],
      undoable: true,
    },
  ],
  refusals: [],
  notes: [{ rule: 'note', message: 'a note' }],
  hash: '',
};

/** Every field of the data changed in turn, one at a time. */
const variants = (value: unknown): unknown[] => {
  if (typeof value === 'string') return [`${value}!`];
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'boolean') return [!value];
  if (Array.isArray(value)) {
    const changed = value.flatMap((item, index) => variants(item).map((other) => value.with(index, other)));
    return [...changed, [...value, 'more'], ...(value.length > 0 ? [value.slice(1)] : [])];
  }
  return Object.entries(value as object).flatMap(([key, field]) =>
    variants(field).map((other) => ({ ...(value as object), [key]: other })),
  );
};

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, shuffled(field)]),
  );
};

describe('hash of a plan', () => {
  it('is the SHA-256 that everybody else computes', () => {
    expect(hashOf('')).toBe('12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126');
  });

  it('does not depend on the order of keys, on the time of the observation or on the hash in the plan', () => {
    expect(hashPlan(shuffled(plan) as Plan)).toBe(hashPlan(plan));
    expect(hashPlan({ ...plan, observedAtMs: 99 })).toBe(hashPlan(plan));
    expect(hashPlan(withHash(plan))).toBe(hashPlan(plan));
  });

  it('changes with every other field', () => {
    const { observedAtMs, hash: _hash, ...said } = plan;
    const others = variants(said).map((other) => hashPlan({ ...(other as typeof said), observedAtMs }));
    expect(others.length).toBeGreaterThan(20);
    expect(new Set([...others, hashPlan(plan)]).size).toBe(others.length + 1);
  });
});

describe('canonical JSON', () => {
  it('reads back as the same data, and says the same whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(shuffled(value))).toBe(text);
      }),
    );
  });

  it('refuses what JSON cannot say instead of hashing something else', () => {
    expect(() => canonicalJson({ value: Number.NaN })).toThrow(TypeError);
    expect(canonicalJson({ b: 1, a: undefined })).toBe('{"b":1}');
  });
});
