import type { Client } from '@temporalio/client';
import { createActivities, type LoadedCatalog } from '../activities/index.ts';
import type { Activities } from '../activities/contract.ts';
import { actuatorMetrics } from '../adapters/actuator/source.ts';
import { kafkaAdmin } from '../adapters/kafka/cluster.ts';
import { createKafka } from '../adapters/kafka/connect.ts';
import { kafkaSource } from '../adapters/kafka/source.ts';
import { resolveSecret } from '../config/secret.ts';
import { createPlatform } from './platform.ts';

/** Builds the drivers of a catalog and the activities over them. `close` lets go of every connection. */
export async function openActivities(
  loaded: LoadedCatalog,
  client: Client,
): Promise<{ activities: Activities; close: () => Promise<void> }> {
  const { catalog } = loaded;
  const platform = createPlatform(catalog);
  const kafka = catalog.kafka === undefined ? undefined : createKafka(catalog.kafka);
  const activities = createActivities({
    loadCatalog: () => Promise.resolve(loaded),
    platform,
    metrics: actuatorMetrics({ fetch }),
    ...(kafka === undefined ? {} : { kafka: kafkaSource(kafka), kafkaAdmin: kafkaAdmin(kafka) }),
    fetch,
    resolveSecret,
    client,
    nowMs: Date.now,
  });
  return {
    activities,
    close: async () => {
      await kafka?.close();
      await platform.close();
    },
  };
}
