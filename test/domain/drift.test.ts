import { describe, expect, it } from 'vitest';
import { driftOf } from '../../domain/drift.ts';
import type { Operation } from '../../domain/operation.ts';

const operations: Operation[] = [
  { kind: 'scaleService', service: 'web', from: 1, to: 3 },
  { kind: 'reloadUpstream', service: 'web', from: 1, to: 3 },
];

describe('drift', () => {
  it('is none while the world is what the plan saw', () =>
    expect(driftOf({ operations }, { web: 1 })).toBeNull());
  it('is none when the step was done already, as after a crash', () =>
    expect(driftOf({ operations }, { web: 3 })).toBeNull());
  it('says what was expected and what is there', () =>
    expect(driftOf({ operations }, { web: 5 })).toBe('web has 5 replicas, but the plan saw 1 and wants 3'));
  it('does not take a service that was not seen for one that is as expected', () =>
    expect(driftOf({ operations }, {})).toBe('web could not be seen: the plan expected 1 replicas'));
});
