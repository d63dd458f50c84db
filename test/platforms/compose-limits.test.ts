import { describe, expect, it } from 'vitest';
import { limitUpdate } from '../../platforms/compose/limit-update.ts';
import { limitsOf } from '../../platforms/compose/observe.ts';

const GIB = 2 ** 30;
const config = (more: object = {}) => more as Parameters<typeof limitUpdate>[0];

describe('what an engine is asked for, so that limits change', () => {
  it('keeps to the way in which the CPU is limited already: the engine refuses the other', () => {
    expect(limitUpdate(config({ NanoCpus: 2e9 }), { cpus: 4 }).update).toEqual({ NanoCpus: 4e9 });
    const quota = config({ CpuQuota: 50_000, CpuPeriod: 50_000 });
    expect(limitUpdate(quota, { cpus: 4 }).update).toEqual({ CpuPeriod: 50_000, CpuQuota: 200_000 });
  });

  it('takes a limit of CPU off again where there was none, and puts one on once more', () => {
    const limited = limitUpdate(config(), { cpus: 2 });
    expect(limitsOf({ HostConfig: config(limited.update) })).toEqual({ cpus: 2 });
    const off = limitUpdate(config(limited.update), { cpus: null });
    expect(off).toEqual({ update: { CpuQuota: -1 }, stays: [] });
    const afterwards = config({ ...limited.update, ...off.update });
    expect(limitsOf({ HostConfig: afterwards })).toEqual({});
    expect(limitUpdate(afterwards, { cpus: 1 }).update).toEqual({ CpuPeriod: 100_000, CpuQuota: 100_000 });
  });

  it('says what no engine takes off, and changes the rest', () => {
    const both = config({ NanoCpus: 2e9, Memory: GIB, MemorySwap: 2 * GIB });
    expect(limitUpdate(both, { cpus: null, memoryBytes: null })).toEqual({
      update: {},
      stays: ['2 CPU', `${GIB} bytes of memory`],
    });
    expect(limitUpdate(both, { cpus: 1, memoryBytes: null })).toEqual({
      update: { NanoCpus: 1e9 },
      stays: [`${GIB} bytes of memory`],
    });
    expect(limitUpdate(config(), { cpus: null, memoryBytes: null })).toEqual({ update: {}, stays: [] });
  });

  it('moves memory and memory with swap together, and the swap stays what it was', () => {
    const limited = config({ Memory: GIB, MemorySwap: 1.5 * GIB, MemoryReservation: GIB });
    expect(limitUpdate(limited, { memoryBytes: 2 * GIB }).update).toEqual({
      Memory: 2 * GIB,
      MemorySwap: 2.5 * GIB,
    });
    expect(limitUpdate(limited, { memoryBytes: GIB / 2 }).update).toMatchObject({
      MemoryReservation: GIB / 2,
    });
  });
});
