import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nothingTaken, roomFor } from '../../domain/host-room.ts';
import { limitReplicas, type LimitInput } from '../../domain/limits.ts';
import { bigHost, blind, reading, serviceSeen, spec } from './builders.ts';

const gib = 2 ** 30;
const each = { cpus: 1, memoryBytes: gib };
const host = { ...bigHost, cpus: 2, reservedCpus: reading(2), availableMemoryBytes: reading(4 * gib) };
const limit = (more: Partial<LimitInput>) =>
  limitReplicas({
    spec: spec('worker', { consumer: { group: 'g', topic: 'jobs' }, replicas: { min: 1, max: 8 } }),
    observed: serviceSeen('worker', 1),
    now: 1,
    wanted: 3,
    asked: true,
    partitions: 12,
    host: bigHost,
    ...more,
  });

describe('room on the host', () => {
  it('is what memory is left for, with what earlier steps of the plan take', () => {
    expect(roomFor(host, each, nothingTaken, 4).count).toBe(4);
    const taken = { cpus: 0, memoryBytes: 2.5 * gib };
    expect(roomFor(host, each, taken, 4)).toMatchObject({
      count: 1,
      why: '4 more replicas need 4 GiB of memory, the host has 1.5 GiB left',
    });
  });

  it('shares CPU limits up to four times the CPUs, and says when they are shared', () => {
    const much = { ...host, availableMemoryBytes: reading(100 * gib) };
    expect(roomFor(much, each, nothingTaken, 6)).toEqual({
      count: 6,
      notes: ['CPU limits add up to 8 on a host of 2 CPUs: they share'],
    });
    expect(roomFor(much, each, nothingTaken, 7)).toMatchObject({
      count: 6,
      why: 'CPU limits would add up to 9 on a host of 2 CPUs, more than 4 times',
    });
  });

  it('lets a small change through on a host whose limits are far above its CPUs already', () => {
    const crowded = { ...host, reservedCpus: reading(30) };
    expect(roomFor(crowded, each, nothingTaken, 2).count).toBe(2);
    expect(roomFor(crowded, each, nothingTaken, 3).count).toBe(2);
  });

  it('that is unknown stops nothing and is said', () => {
    const dark = { ...host, reservedCpus: blind, availableMemoryBytes: blind };
    expect(roomFor(dark, each, nothingTaken, 50)).toMatchObject({ count: 50 });
    expect(roomFor(dark, each, nothingTaken, 50).notes).toHaveLength(2);
    expect(roomFor(host, {}, nothingTaken, 50).notes).toHaveLength(2);
  });
});

describe('limits of replicas', () => {
  it('refuse what a person asked for, for every reason at once', () => {
    const found = limit({ wanted: 20, host: { ...host, availableMemoryBytes: reading(gib) }, partitions: 6 });
    expect(found.refusals.map(({ rule }) => rule)).toEqual([
      'limits.catalog-max',
      'limits.partitions',
      'limits.host-room',
    ]);
  });

  it('cap a default to the tightest, and keep the original in each note', () => {
    const found = limit({ wanted: 20, asked: false, partitions: 6 });
    expect(found).toMatchObject({ replicas: 6, refusals: [] });
    expect(found.notes.map(({ message }) => message)).toEqual([
      'worker: 20 replicas capped to 6: the catalog allows at most 8',
      'worker: 20 replicas capped to 6: jobs has 6 partitions, a consumer more would stand idle',
    ]);
  });

  it('count what a running replica is limited to before the baseline of the catalog', () => {
    const small = spec('worker', { baseline: { cpus: 0.1, memoryBytes: 1 } });
    expect(limit({ spec: small }).taken).toEqual({ cpus: 1, memoryBytes: gib });
  });

  it('never let a default pass a cap', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(30), fc.nat(16), (now, wanted, partitions, memory) => {
        const { replicas } = limit({
          now,
          wanted: now + wanted,
          partitions,
          asked: false,
          host: { ...bigHost, availableMemoryBytes: reading((memory * gib) / 2) },
        });
        expect(replicas).toBeLessThanOrEqual(Math.min(8, partitions, now + memory));
      }),
    );
  });
});
