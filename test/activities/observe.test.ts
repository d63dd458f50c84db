import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaSource } from '../../adapters/kafka/source.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { unknownMetrics } from '../../domain/metrics.ts';
import { known } from '../../domain/reading.ts';
import { catalogFor, fixtureFor } from './fixture.ts';
import { startLocalPlatform, type LocalPlatform } from './local-platform.ts';

let platform: LocalPlatform;

beforeEach(async () => {
  platform = await startLocalPlatform();
  await platform.add('api-gateway');
  await platform.add('api-gateway');
  await platform.add('message-service');
  await platform.add('kafka', { limits: {} });
});
afterEach(() => platform.close());

const reading = {
  group: 'message-service-group',
  topic: 'message-events',
  state: 'Stable',
  members: 1,
  partitions: 6,
  assignedMembers: 1,
  lagMessages: known(1234, 'test'),
};
const scripted: KafkaSource = {
  groups: async () => ({
    [reading.group]: { ...reading, assignedPartitions: 6, lagByPartition: [], assignment: 'a=0' },
  }),
  partitions: async () => ({ 'message-events': 6 }),
};
const broken: KafkaSource = {
  groups: () => Promise.reject(new CrescendoError('KafkaUnavailable', 'no broker answers')),
  partitions: () => Promise.reject(new CrescendoError('KafkaUnavailable', 'no broker answers')),
};

const gateway = async (requests: number): Promise<void> => {
  const urls = (platform.replicas['api-gateway'] ?? []).map(
    ({ name }) => `http://${name}:${platform.port}/api`,
  );
  await Promise.all(
    urls.flatMap((url) => Array.from({ length: requests }, async () => (await fetch(url)).text())),
  );
};

describe('observe', () => {
  it('reads what the services stand on too: the broker, the balancer, the databases that the catalog names', async () => {
    const catalog = {
      ...catalogFor(platform),
      kafka: { brokers: [], service: 'kafka' },
      databases: { redis: { kind: 'redis', service: 'redis', url: 'env:URL', stopGraceMs: 1 } as const },
    };
    const fixture = fixtureFor(platform, {
      kafka: scripted,
      loadCatalog: async () => ({ catalog, hash: 'hash' }),
    });
    const { infrastructure } = await fixture.run((activities) => activities.observe({ sampleMs: 50 }));
    expect(infrastructure).toMatchObject({ kafka: [{ state: 'running' }], redis: [] });
  });

  it('reads everything at once, in little more than the sample', async () => {
    const fixture = fixtureFor(platform, { kafka: scripted });
    platform.say('127.0.1.3', 'Processing message 1');
    platform.say('127.0.1.3', 'Processing message 2');
    const startedAtMs = performance.now();
    const observing = fixture.run((activities) => activities.observe({ sampleMs: 600 }));
    setTimeout(() => void gateway(15), 200);
    const seen = await observing;
    expect(performance.now() - startedAtMs).toBeLessThan(1_200);
    expect(seen).toMatchObject({ environment: 'test', windowMs: 600, groups: { [reading.group]: reading } });
    const { 'api-gateway': front, 'message-service': messages } = seen.services;
    expect(front?.replicas).toHaveLength(2);
    expect(front?.usage['127.0.1.1']?.cpuOfLimit).toMatchObject({ known: true, value: 0.9 });
    expect(front?.requestRatePerMinute.known ? front.requestRatePerMinute.value : 0).toBeGreaterThan(1_000);
    expect(front?.p95Ms).toMatchObject({ known: true, value: 95 });
    expect(messages?.p95Ms).toMatchObject({ known: false, reason: 'no requests in the window' });
    expect(messages?.processingRatePerMinute).toMatchObject({ known: true, value: 4 });
  });

  it('counts the limits of every running replica as reserved, and the use of one without a limit', async () => {
    const seen = await fixtureFor(platform).run((activities) => activities.observe({ sampleMs: 10 }));
    expect(seen.host.reservedCpus).toMatchObject({ known: true, value: 3 * 0.5 + 0.45 });
    expect(seen.host.reservedMemoryBytes).toMatchObject({ known: true, value: 3 * 200 + 100 });
    expect(Object.keys(seen.services)).not.toContain('kafka');
  });

  it('leaves unknown, with the reason, what a source does not give', async () => {
    platform.stats = () => Promise.reject(new Error('no stats'));
    platform.logs = () => Promise.reject(new Error('no logs'));
    const seen = await fixtureFor(platform, {
      kafka: broken,
      metrics: { read: async () => unknownMetrics('down', 'x'), requestCounts: async () => ({}) },
    }).run((activities) => activities.observe({ sampleMs: 10 }));
    const messages = seen.services['message-service'];
    expect(messages?.usage['127.0.1.3']?.cpus).toMatchObject({ known: false, reason: 'no stats' });
    expect(messages?.processingRatePerMinute).toMatchObject({ known: false, reason: 'no logs' });
    expect(messages?.p95Ms).toMatchObject({ known: false, reason: 'down' });
    expect(seen.groups[reading.group]).toMatchObject({
      state: 'Unknown',
      lagMessages: { known: false, reason: 'no broker answers' },
    });
    expect(seen.host.reservedCpus).toMatchObject({ known: false });
  });

  it('fails, retryable, when the platform itself does not answer', async () => {
    platform.observe = () => Promise.reject(new CrescendoError('PlatformUnavailable', 'no engine'));
    await expect(
      fixtureFor(platform).run((activities) => activities.observe({ sampleMs: 10 })),
    ).rejects.toMatchObject({
      type: 'PlatformUnavailable',
      nonRetryable: false,
    });
  });

  it('refuses services that are not in the catalog, all in one error', async () => {
    const input = { services: ['api-gateway', 'nope', 'neither'], sampleMs: 10 };
    await expect(fixtureFor(platform).run((activities) => activities.observe(input))).rejects.toMatchObject({
      type: 'UnknownService',
      details: [{ names: ['nope', 'neither'] }],
    });
  });

  it('ends as cancelled in the middle of a sample', async () => {
    await expect(
      fixtureFor(platform).run((activities) => activities.observe({ sampleMs: 60_000 }), {
        onStart: (cancel) => setTimeout(cancel, 50),
      }),
    ).rejects.toMatchObject({ name: 'CancelledFailure' });
  });
});

describe('readPartitions', () => {
  it('leaves topics out when Kafka does not answer', async () => {
    const input = { topics: ['message-events'] };
    expect(
      await fixtureFor(platform, { kafka: scripted }).run((activities) => activities.readPartitions(input)),
    ).toEqual({ 'message-events': 6 });
    expect(
      await fixtureFor(platform, { kafka: broken }).run((activities) => activities.readPartitions(input)),
    ).toEqual({});
    expect(await fixtureFor(platform).run((activities) => activities.readPartitions(input))).toEqual({});
  });
});

describe('watchEffectiveness', () => {
  const limits = { p95BelowMs: 500, errorRateBelow: 0.01, lagBelowMessages: 100 };
  const services = ['api-gateway'];

  it('comes back as soon as it is reached', async () => {
    const fixture = fixtureFor(platform);
    const before = await fixture.run((activities) => activities.observe({ services, sampleMs: 10 }));
    // One that is on its way when the test ends finds nobody any more.
    const traffic = setInterval(() => void gateway(1).catch(() => undefined), 50);
    try {
      const { effectiveness, after } = await fixture.run((activities) =>
        activities.watchEffectiveness({ before, services, sampleMs: 300, timeoutMs: 20_000, ...limits }),
      );
      expect(effectiveness.reached).toBe(true);
      expect(effectiveness.waitedMs).toBeLessThan(3_000);
      expect(after.services['api-gateway']?.p95Ms).toMatchObject({ known: true });
    } finally {
      clearInterval(traffic);
    }
  });

  it('says that it was not reached when the time is over, and does not throw', async () => {
    const fixture = fixtureFor(platform);
    const before = await fixture.run((activities) => activities.observe({ services, sampleMs: 10 }));
    const input = { before, services, sampleMs: 50, timeoutMs: 200, ...limits };
    const { effectiveness } = await fixture.run((activities) => activities.watchEffectiveness(input));
    expect(effectiveness.reached).toBe(false);
    expect(effectiveness.waitedMs).toBeGreaterThanOrEqual(200);
  });

  it('goes on with the time that is left after a worker died', async () => {
    const fixture = fixtureFor(platform);
    const before = await fixture.run((activities) => activities.observe({ services, sampleMs: 10 }));
    const input = { before, services, sampleMs: 50, timeoutMs: 60_000, ...limits };
    const heartbeatDetails = { startedAtMs: Date.now() - 59_900, rows: [] };
    const startedAtMs = performance.now();
    const { effectiveness } = await fixture.run((activities) => activities.watchEffectiveness(input), {
      heartbeatDetails,
    });
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    expect(effectiveness.waitedMs).toBeGreaterThanOrEqual(60_000);
  });
});

describe('waitForLagToFall', () => {
  const input = { group: reading.group, topic: reading.topic, belowMessages: 100, timeoutMs: 1_200 };
  /** Gives these lags one after the other, and the last one from then on. */
  const lags = (...values: (number | CrescendoError)[]): KafkaSource => {
    let next = 0;
    return {
      ...scripted,
      groups: async () => {
        const value = values[Math.min(next, values.length - 1)] ?? 0;
        next += 1;
        const lag = typeof value === 'number' ? { ...reading, lagMessages: known(value, 'test') } : value;
        return {
          [reading.group]:
            lag instanceof CrescendoError
              ? lag
              : { ...lag, assignedPartitions: 6, lagByPartition: [], assignment: '' },
        };
      },
    };
  };
  const wait = (kafka: KafkaSource, more = {}) =>
    fixtureFor(platform, { kafka }).run((activities) => activities.waitForLagToFall({ ...input, ...more }));

  it('is content with a lag below the limit', async () => {
    expect((await wait(lags(99))).facts).toEqual(['lag of message-service-group is 99, below 100']);
  });

  it('is content with a lag that goes down', async () => {
    expect((await wait(lags(1000, 2000, 1700, 1600), { timeoutMs: 5_000 })).facts).toEqual([
      'lag of message-service-group is 1600, down from 2000',
    ]);
  });

  it('is not content with that where it has to be below', async () => {
    const down = lags(1000, 2000, 1700, 1600);
    await expect(wait(down, { isBelow: true })).rejects.toMatchObject({ type: 'LagNotFalling' });
    expect((await wait(lags(1000, 2000, 1700, 0), { isBelow: true, timeoutMs: 5_000 })).facts).toEqual([
      'lag of message-service-group is 0, below 100',
    ]);
  });

  it('is LagNotFalling when it stays', async () => {
    await expect(wait(lags(5000))).rejects.toMatchObject({
      type: 'LagNotFalling',
      details: [{ first: 5000, highest: 5000, last: 5000 }],
    });
  });

  it('takes no answer for no lag', async () => {
    const away = new CrescendoError('KafkaUnavailable', 'moving');
    await expect(wait(lags(away))).rejects.toMatchObject({ type: 'KafkaUnavailable' });
    expect((await wait(lags(away, 50))).facts).toHaveLength(1);
  });

  it('refuses a group that is not in the catalog', async () => {
    await expect(wait(lags(0), { group: 'other' })).rejects.toMatchObject({ type: 'UnknownService' });
  });
});
