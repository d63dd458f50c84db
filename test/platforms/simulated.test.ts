import { describe, expect, it } from 'vitest';
import { valueOf } from '../../domain/reading.ts';
import {
  createSimulatedPlatform,
  skippingClock,
  type SimulatedService,
} from '../../platforms/simulated/index.ts';
import { contractOf, waitForHealthy } from './contract.ts';

const mib = 1024 * 1024;
const service = (more: Partial<SimulatedService> = {}): SimulatedService => ({
  replicas: 1,
  limits: { cpus: 1, memoryBytes: 64 * mib },
  capacityPerMinute: 600,
  startUpMs: 300,
  ...more,
});

contractOf('The simulation', async () => ({
  platform: createSimulatedPlatform({ services: { web: service() } }),
  service: 'web',
  file: '/www/index.html',
  close: async () => {},
}));

const minute = 60_000;
const context = { operationId: 'test/1', fencingToken: 1 };

/** A gateway that feeds a consumer, on time that is skipped. */
function openWorld(seed = 7) {
  const clock = skippingClock();
  const platform = createSimulatedPlatform({
    seed,
    clock,
    services: {
      gateway: service({ feeds: { consumer: 1 }, loadPerMinute: 300, startUpMs: 5_000 }),
      consumer: service({ group: 'consumer-group', capacityPerMinute: 400 }),
    },
  });
  return { clock, platform, pass: (ms: number) => clock.pass(ms) };
}

describe('The simulated load', () => {
  it('uses as much CPU as the catalog says at the capacity of a replica', async () => {
    const { platform, pass } = openWorld();
    platform.setLoad('gateway', 600);
    pass(5 * minute);
    const usage = await platform.stats(['gateway'], { windowMs: minute });
    expect(valueOf(usage['simulated-gateway-1']?.cpuOfLimit)).toBeCloseTo(0.7, 1);
    expect(valueOf(platform.readings('gateway', minute).ratePerMinute)).toBeCloseTo(600, -1.5);
  });

  it('above what a replica can do fills the queue: requests get slow and fail, messages lag', () => {
    const { platform, pass } = openWorld();
    pass(minute);
    const calm = platform.readings('gateway', minute);
    expect(valueOf(calm.p95Ms)).toBeLessThan(200);
    expect(valueOf(calm.errorRate)).toBe(0);
    expect(valueOf(platform.readings('consumer', minute).lagMessages)).toBeLessThan(5);

    platform.setLoad('gateway', 2_000);
    pass(5 * minute);
    const spike = platform.readings('gateway', minute);
    expect(valueOf(spike.p95Ms)).toBeGreaterThan(5_000);
    expect(valueOf(spike.errorRate)).toBeGreaterThan(0.3);
    expect(valueOf(platform.readings('consumer', minute).lagMessages)).toBeGreaterThan(1_000);
  });

  it('is carried by more replicas once they are ready, and what has piled up drains', async () => {
    const { platform, pass } = openWorld();
    platform.setLoad('gateway', 2_000);
    pass(3 * minute);
    await platform.scale({ service: 'gateway', replicas: 4, stopGraceMs: 0 }, context);
    await platform.scale({ service: 'consumer', replicas: 5, stopGraceMs: 0 }, context);
    const [first, second] = (await platform.observe(['gateway']))['gateway'] ?? [];
    expect([first?.health, second?.health]).toEqual(['healthy', 'starting']);
    await waitForHealthy({ platform, service: 'gateway' }, 4);
    pass(5 * minute);
    expect(valueOf(platform.readings('gateway', minute).p95Ms)).toBeLessThan(500);
    expect(valueOf(platform.readings('gateway', minute).errorRate)).toBe(0);
    expect(valueOf(platform.readings('consumer', minute).lagMessages)).toBeLessThan(100);
  });

  it('goes the same way for the same seed, however often it is looked at', () => {
    const course = (looks: number, seed: number): unknown => {
      const { platform, pass } = openWorld(seed);
      platform.setLoad('gateway', 900);
      for (let look = 0; look < looks; look += 1) {
        pass((2 * minute) / looks);
        platform.readings('gateway', minute);
      }
      return [platform.readings('gateway', minute), platform.readings('consumer', minute)];
    };
    expect(course(1, 7)).toEqual(course(40, 7));
    expect(course(1, 7)).not.toEqual(course(1, 8));
  });

  it('is a line in the log of a consumer for each message', async () => {
    const { clock, platform, pass } = openWorld();
    pass(10 * minute);
    const lines = await platform.logs('simulated-consumer-1', { sinceMs: clock.nowMs() - minute });
    const processed = lines.filter(({ text }) => text === 'Processing message').length;
    expect(processed).toBeGreaterThan(280);
    expect(processed).toBeLessThan(320);
  });
});

describe('A fault', () => {
  it('makes a new replica start as slowly as it says', async () => {
    const { clock, platform } = openWorld();
    platform.setFault('gateway', { kind: 'slow_start', startUpMs: 10 * minute });
    await platform.scale({ service: 'gateway', replicas: 2, stopGraceMs: 0 }, context);
    const sinceMs = clock.nowMs();
    const seen = await platform.observe(['gateway']);
    await platform.nextChange(['gateway'], { timeoutMs: 30 * minute, seen });
    expect(clock.nowMs() - sinceMs).toBeGreaterThanOrEqual(10 * minute);
    expect((await platform.observe(['gateway']))['gateway']?.map(({ health }) => health)).toEqual([
      'healthy',
      'healthy',
    ]);
  });

  it('makes a new replica crash, which its log tells', async () => {
    const { platform } = openWorld();
    platform.setFault('gateway', { kind: 'crash_on_start' });
    const { created } = await platform.scale({ service: 'gateway', replicas: 2, stopGraceMs: 0 }, context);
    const seen = await platform.observe(['gateway']);
    await platform.nextChange(['gateway'], { timeoutMs: minute, seen });
    expect((await platform.observe(['gateway']))['gateway']?.map(({ state }) => state)).toEqual([
      'running',
      'exited',
    ]);
    expect(await platform.logs(created[0] ?? '', {})).toMatchObject([
      { text: expect.stringContaining('Exception') },
    ]);
  });

  it('makes replicas unhealthy, which then serve nothing', async () => {
    const { platform, pass } = openWorld();
    pass(minute);
    platform.setFault('gateway', { kind: 'unhealthy' });
    pass(minute);
    expect((await platform.observe(['gateway']))['gateway']?.[0]?.health).toBe('unhealthy');
    expect(valueOf(platform.readings('gateway', minute / 2).errorRate)).toBe(1);
  });
});
