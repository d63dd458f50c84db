import type { Client } from '@temporalio/client';
import type { Fetch } from '../adapters/actuator/scrape.ts';
import type { KafkaAdmin } from '../adapters/kafka/cluster.ts';
import type { KafkaSource } from '../adapters/kafka/source.ts';
import type { MetricsSource } from '../adapters/metrics-source.ts';
import type { Catalog } from '../domain/catalog.ts';
import type { Platform } from '../platforms/platform.ts';

export interface LoadedCatalog {
  catalog: Catalog;
  hash: string;
}

/** Everything the activities touch the world with; built by the worker. */
export interface Dependencies {
  /** The catalog as it is now, with its hash. Called by every activity: cache it where reading is slow. */
  loadCatalog: () => Promise<LoadedCatalog>;
  platform: Platform;
  metrics: MetricsSource;
  /** Left out where the platform has no Kafka. */
  kafka?: KafkaSource;
  /** For changes of topics and brokers; left out where they cannot be changed. */
  kafkaAdmin?: KafkaAdmin;
  /** For probes through the balancer. */
  fetch: Fetch;
  /** What stands behind a reference of the catalog (`env:NAME`, `file:PATH`). It never leaves the activity that asked. */
  resolveSecret: (reference: string) => Promise<string>;
  /** For leases and other procedures. */
  client: Pick<Client, 'workflow' | 'withDeadline'>;
  nowMs: () => number;
  /** In place of the lease workflow's own table, for a platform without leases. */
  isLeaseCurrent?: (services: readonly string[], fencingToken: number) => Promise<boolean>;
}
