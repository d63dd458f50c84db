import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Activities } from '../../activities/contract.ts';
import { createActivities, type Dependencies } from '../../activities/index.ts';
import { actuatorMetrics } from '../../adapters/actuator/source.ts';
import type { Catalog, LoadBalancerSpec, ServiceSpec } from '../../domain/catalog.ts';
import type { LocalPlatform } from './local-platform.ts';

/** A failed activity is what many tests want; the worker's warnings about it are not. */
const silent = new DefaultLogger('ERROR');

export const catalogFor = (platform: LocalPlatform, loadBalancer?: LoadBalancerSpec): Catalog => {
  const service = (name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
    name,
    tier: 'high',
    priority: 1,
    role: 'core',
    replicas: { min: 1, max: 10 },
    startedPattern: 'Started',
    stopGraceMs: 1_000,
    metrics: { kind: 'actuator', port: platform.port, basePath: '/actuator' },
    ...more,
  });
  return {
    environment: 'test',
    platform: { kind: 'compose', project: 'test' },
    services: {
      'api-gateway': service('api-gateway'),
      'message-service': service('message-service', {
        consumer: { group: 'message-service-group', topic: 'message-events' },
        processingPattern: 'Processing message',
      }),
    },
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    emergency: { steps: [] },
  };
};

export interface Fixture {
  activities: Activities;
  /** Runs one activity as a worker would, and gives its heartbeats too. */
  run: <Result>(work: (activities: Activities) => Promise<Result>, options?: RunOptions) => Promise<Result>;
  heartbeats: unknown[];
}

export interface RunOptions {
  heartbeatDetails?: unknown;
  /** When the workflow asked for it; now when left out. */
  scheduledAtMs?: number;
  /** Called with the way to cancel, before the activity starts. */
  onStart?: (cancel: () => void) => void;
}

export const fixtureFor = (
  platform: LocalPlatform,
  more: Partial<Dependencies> = {},
  loadBalancer?: LoadBalancerSpec,
): Fixture => {
  const heartbeats: unknown[] = [];
  const activities = createActivities({
    loadCatalog: async () => ({ catalog: catalogFor(platform, loadBalancer), hash: 'hash' }),
    platform,
    metrics: actuatorMetrics({ fetch, timeoutMs: 1_000 }),
    fetch,
    resolveSecret: async (reference) => `the secret of ${reference}`,
    client: undefined as unknown as Dependencies['client'],
    nowMs: Date.now,
    // Every lease is held, unless the test brings a Temporal server that knows.
    ...(more.client === undefined ? { isLeaseCurrent: async () => true } : {}),
    ...more,
  });
  return {
    activities,
    heartbeats,
    run: <Result>(
      work: (activities: Activities) => Promise<Result>,
      { heartbeatDetails, scheduledAtMs = Date.now(), onStart }: RunOptions = {},
    ): Promise<Result> => {
      const environment = new MockActivityEnvironment(
        { heartbeatDetails, scheduledTimestampMs: scheduledAtMs },
        { logger: silent },
      );
      environment.on('heartbeat', (details) => heartbeats.push(details));
      onStart?.(() => environment.cancel());
      return environment.run<[], Result, () => Promise<Result>>(() => work(activities));
    },
  };
};
