import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { loadCatalog } from '../config/load.ts';
import { taskQueueOf } from '../workflows/contracts.ts';
import { openActivities } from './activities.ts';
import { workflowBundle } from './bundle.ts';
import { connectTemporal, type TemporalTarget } from './connect.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

export interface RunWorkerOptions extends TemporalTarget {
  catalogPath: string;
  /** Ends the worker: it takes no more work, and activities get the grace to finish. */
  signal?: AbortSignal;
  onReady?: () => void;
}

/**
 * Runs a worker for the catalog's environment until `signal` aborts. It is stateless: any number of them may run,
 * anywhere near the platform, and each may be killed at any moment.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  installRuntime();
  const loaded = await loadCatalog(options.catalogPath);
  const temporal = await connectTemporal(options);
  try {
    await ensureSearchAttributes(temporal.client, temporal.namespace);
    const { activities, close } = await openActivities(loaded, temporal.client);
    try {
      const worker = await Worker.create({
        connection: temporal.native,
        namespace: temporal.namespace,
        taskQueue: taskQueueOf(loaded.catalog.environment),
        workflowBundle: await workflowBundle(),
        activities,
        // An abort reaches an activity with its next heartbeat: a second is soon enough and no load.
        maxHeartbeatThrottleInterval: '1s',
        defaultHeartbeatThrottleInterval: '1s',
        // A step that is at work gets its time; what does not end by then is retried by another worker.
        shutdownGraceTime: '20s',
        shutdownForceTime: '30s',
        maxCachedWorkflows: 200,
        maxConcurrentActivityTaskExecutions: 50,
      });
      options.signal?.addEventListener('abort', () => worker.shutdown(), { once: true });
      options.onReady?.();
      await worker.run();
    } finally {
      await close();
    }
  } finally {
    await temporal.close();
  }
}

let installed = false;

/** One line a warning on stderr: stdout belongs to the command that runs the worker. Signals are the caller's. */
export function installRuntime(): void {
  if (installed) return;
  installed = true;
  const level = process.env['CRESCENDO_LOG'] === 'debug' ? 'DEBUG' : 'WARN';
  const logger = new DefaultLogger(level, ({ level, message, meta }) => {
    process.stderr.write(`${level} ${message}${meta === undefined ? '' : ` ${describe(meta)}`}\n`);
  });
  Runtime.install({ logger, shutdownSignals: [] });
}

const describe = ({ error, ...meta }: Record<string, unknown>): string =>
  ['workflowId', 'activityType', 'attempt']
    .flatMap((name) =>
      typeof meta[name] === 'string' || typeof meta[name] === 'number' ? [`${meta[name]}`] : [],
    )
    .concat(error instanceof Error ? [error.message] : [])
    .join(' ');
