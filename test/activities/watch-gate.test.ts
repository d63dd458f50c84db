import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Gate } from '../../domain/gates.ts';
import { fixtureFor, type RunOptions } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let platform: LocalPlatform;
const service = 'api-gateway';

beforeEach(async () => {
  platform = await startLocalPlatform();
  await platform.add(service);
  await platform.add(service);
});
afterEach(() => platform.close());

const gate: Gate = {
  rules: [
    { metric: `unhealthy:${service}`, below: 1, tolerated: 1 },
    { metric: `restarts:${service}`, below: 1 },
    { metric: `cpuOfLimit:${service}`, below: 0.7, onBroken: 'inform' },
  ],
  minKnownShare: 0.5,
};
const watch = (soakMs: number, options: RunOptions = {}) => {
  const fixture = fixtureFor(platform);
  const input = { gate, services: [service], soakMs, everyMs: 150, sampleMs: 50 };
  return { fixture, report: fixture.run((activities) => activities.watchGate(input), options) };
};

describe('watchGate', () => {
  it('looks each time until the soak is over, and says what was worst', async () => {
    const { report, fixture } = watch(900);
    const seen = await report;
    expect(seen).toMatchObject({ verdict: 'pass', reasons: [], worst: { [`restarts:${service}`]: 0 } });
    expect(seen.samples).toBeGreaterThanOrEqual(4);
    expect(seen.watchedMs).toBeGreaterThanOrEqual(900);
    expect(seen.watchedMs).toBeLessThan(1_500);
    expect(seen.notes.join()).toContain(`cpuOfLimit:${service} reached 0.9`);
    expect(JSON.stringify(fixture.heartbeats.at(-1)).length).toBeLessThan(1_500);
  });

  it('ends at the first regression, and says since when', async () => {
    const { report } = watch(30_000);
    const brokenAtMs = Date.now() + 400;
    setTimeout(() => {
      const [first] = platform.replicas[service] ?? [];
      if (first !== undefined) first.health = 'unhealthy';
    }, 400);
    const seen = await report;
    expect(seen).toMatchObject({ verdict: 'fail', worst: { [`unhealthy:${service}`]: 1 } });
    expect(seen.watchedMs).toBeLessThan(3_000);
    expect(Math.abs((seen.firstBadAtMs ?? 0) - brokenAtMs)).toBeLessThan(700);
  });

  it('takes a restart that was before the soak for none, and one in it for one', async () => {
    const [first] = platform.replicas[service] ?? [];
    if (first !== undefined) first.restartCount = 3;
    expect((await watch(300).report).verdict).toBe('pass');
    const { report } = watch(30_000);
    setTimeout(() => {
      if (first !== undefined) first.restartCount = 4;
    }, 300);
    expect((await report).reasons).toEqual([
      expect.stringMatching(/^restarts:api-gateway reached 1, not below 1, in 1 of \d+ readings$/),
    ]);
  });

  it('goes on with the time that is left and with what was seen before, after a crash of its worker', async () => {
    const dead = watch(60_000, { onStart: (cancel) => setTimeout(cancel, 700) });
    await expect(dead.report).rejects.toMatchObject({ name: 'CancelledFailure' });
    const heartbeatDetails = dead.fixture.heartbeats.at(-1) as {
      window: { startedAtMs: number; samples: number };
    };
    const before = heartbeatDetails.window.samples;
    expect(before).toBeGreaterThanOrEqual(3);
    // The rest of a soak of 1.5 s, since its begin.
    const seen = await watch(1_500, { heartbeatDetails }).report;
    const tookMs = Date.now() - heartbeatDetails.window.startedAtMs;
    expect(seen.samples).toBeGreaterThan(before);
    expect(tookMs).toBeLessThan(2_500);
    expect(seen.watchedMs).toBeGreaterThanOrEqual(1_500);
  });

  it('does not give up while the platform does not answer, and lets a person decide', async () => {
    platform.observe = () => Promise.reject(new CrescendoError('PlatformUnavailable', 'no engine'));
    const seen = await watch(500).report;
    expect(seen).toMatchObject({ verdict: 'inconclusive', worst: {} });
    expect(seen.reasons[0]).toContain('no engine');
    expect(seen.samples).toBeGreaterThanOrEqual(2);
  });

  it('an unknown service is an error, not a soak without readings', async () => {
    const input = { gate, services: ['nobody'], soakMs: 300, everyMs: 100, sampleMs: 50 };
    await expect(fixtureFor(platform).run((activities) => activities.watchGate(input))).rejects.toMatchObject(
      { type: 'UnknownService', nonRetryable: true },
    );
  });
});

describe('watchTraffic', () => {
  let timer: NodeJS.Timeout;
  const traffic = (everyMs: number): void => {
    timer = setInterval(() => {
      for (const { name, state } of platform.replicas[service] ?? [])
        if (state === 'running')
          // One that is on its way when the test ends finds nobody any more.
          fetch(`http://${name}:${platform.port}/api`)
            .then((response) => response.text())
            .catch(() => undefined);
    }, everyMs);
  };
  afterEach(() => clearInterval(timer));
  const input = { services: [service], stableMs: 2_500, timeoutMs: 20_000, everyMs: 150, sampleMs: 150 };

  it('ends as soon as the traffic was stable for the time', async () => {
    traffic(20);
    const work = { ...input, stableMs: 1_500 };
    const seen = await fixtureFor(platform).run((activities) => activities.watchTraffic(work));
    expect(seen).toMatchObject({ stable: true });
    expect(seen.mean).toBeGreaterThan(3_000);
    expect(seen.mean).toBeLessThan(7_000);
  });

  it('says when it was not within the time', async () => {
    traffic(20);
    setTimeout(() => clearInterval(timer), 1_000);
    const work = { ...input, timeoutMs: 2_500 };
    const seen = await fixtureFor(platform).run((activities) => activities.watchTraffic(work));
    expect(seen).toMatchObject({ stable: false });
  });

  it('does not take a platform that does not answer for a quiet one', async () => {
    platform.observe = () => Promise.reject(new CrescendoError('PlatformUnavailable', 'no engine'));
    const work = { ...input, stableMs: 1_500, timeoutMs: 1_500 };
    const seen = await fixtureFor(platform).run((activities) => activities.watchTraffic(work));
    expect(seen).toMatchObject({ stable: 'unknown', seen: 0 });
    expect(seen.sentence).toContain('no engine');
  });
});
