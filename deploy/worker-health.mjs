/**
 * Whether the worker of this container polls: asks the Temporal server who polled the environment's task queue within
 * the last two minutes. Exit code 0 when this host is among them (workers that share the host's network share its
 * name as well; that this one's process lives, Docker sees by itself).
 */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { loadCatalog } from '../dist/config/load.js';
import { taskQueueOf } from '../dist/workflows/contracts.js';

const workflowQueue = 1;
const freshMs = 120_000;

const { catalog } = await loadCatalog(process.argv[2]);
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
const { pollers } = await connection.workflowService.describeTaskQueue({
  namespace,
  taskQueue: { name: taskQueueOf(catalog.environment) },
  taskQueueType: workflowQueue,
});
await connection.close();

const isHere = ({ identity }) => identity.endsWith(`@${hostname()}`);
const isFresh = ({ lastAccessTime }) => Date.now() - Number(lastAccessTime.seconds) * 1_000 < freshMs;
if (!pollers.some((poller) => isHere(poller) && isFresh(poller))) {
  process.stderr.write(`no worker of ${hostname()} polls ${taskQueueOf(catalog.environment)}\n`);
  process.exitCode = 1;
}
