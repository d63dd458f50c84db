import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { loadCatalog } from '../../config/load.ts';
import { resolveSecret } from '../../config/secret.ts';
import type { Catalog } from '../../domain/catalog.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import { installRuntime } from '../../workers/main.ts';
import { ensureSearchAttributes } from '../../workers/search-attributes.ts';
import { taskQueueOf } from '../../workflows/contracts.ts';
import { driveSpike, normalRatePerSecond, type Spike } from '../spike.ts';
import type { StoryLab } from '../story.ts';
import { startTemporal } from '../temporal.ts';
import { countsOf, simulatedLoad, simulatedTimeline } from './load.ts';
import { simulatedKafka, simulatedMetrics, simulatedPlatform } from './platform.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The demo where no Docker engine can be had: the same workflows on a real Temporal server, over a platform that is computed. It is
 * named so wherever it is shown.
 */
export async function openSimulatedLab(progress: (text: string) => void): Promise<StoryLab> {
  const folder = join(root, '.crescendo', 'lab');
  await mkdir(folder, { recursive: true });
  installRuntime();
  const catalog = await simulatedCatalog();
  const platform = simulatedPlatform(catalog);
  progress('starting the Temporal dev server, and a worker over the simulated platform');
  const temporal = await startTemporal(folder);
  await ensureSearchAttributes(temporal.client, 'default');
  const connection = await NativeConnection.connect({ address: temporal.address });
  const activities = createActivities({
    loadCatalog: () => Promise.resolve({ catalog, hash: 'simulated' }),
    platform,
    metrics: simulatedMetrics(platform),
    kafka: simulatedKafka(platform, catalog),
    fetch,
    resolveSecret,
    client: temporal.client,
    nowMs: Date.now,
  });
  const worker = await Worker.create({
    connection,
    taskQueue: taskQueueOf(catalog.environment),
    workflowBundle: await workflowBundle(),
    activities: { ...activities },
  });
  const running = worker.run();
  return {
    environment: catalog.environment,
    simulated: true,
    catalog,
    folder,
    temporal,
    client: temporal.client,
    replicas: () => countsOf(platform),
    startSpike: (say): Promise<Spike> =>
      driveSpike(simulatedLoad(platform, normalRatePerSecond), simulatedTimeline(platform), say),
    close: async () => {
      worker.shutdown();
      await running;
      await connection.close();
      await temporal.close();
    },
  };
}

/** The demo's own catalog without what the simulation has not: a balancer to reload, and a broker to ask. */
async function simulatedCatalog(): Promise<Catalog> {
  const { catalog } = await loadCatalog(join(root, 'demo', 'catalog.yaml'));
  const { loadBalancer: _balancer, kafka: _kafka, ...rest } = catalog;
  return { ...rest, platform: { kind: 'simulated', seed: 1 } };
}
