import { fail, ok, warn, type DoctorRow } from '../domain/doctor-row.ts';
import { searchAttributes, taskQueueOf } from '../workflows/contracts.ts';
import { CliError } from './cli/cli-error.ts';
import type { ServerOptions } from './cli/options.ts';
import { withTemporal, type TemporalLink } from './connect.ts';

/** The Temporal server, the search attributes, and whether a worker of the environment is there. */
export async function examineTemporal(server: ServerOptions, environment: string): Promise<DoctorRow[]> {
  try {
    return await withTemporal(server, async (link) => [
      ok('temporal', `${link.address} answers, namespace ${link.namespace}`),
      ...(await attributeRows(link)),
      ...(await workerRows(link, environment)),
    ]);
  } catch (error) {
    const { message } = error as Error;
    return [fail('temporal', message, error instanceof CliError ? error.todo : undefined)];
  }
}

async function attributeRows({ connection, namespace }: TemporalLink): Promise<DoctorRow[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter(({ name }) => !(name in customAttributes));
  if (missing.length === 0) return [ok('search attributes', 'all registered')];
  const names = missing.map(({ name, type }) => `${name} (${type})`).join(', ');
  const change = 'the first worker registers them; on Temporal Cloud create them in the namespace';
  return [warn('search attributes', `missing: ${names}`, change)];
}

/** TASK_QUEUE_TYPE_WORKFLOW of the Temporal API. */
const workflowTasks = 1;

async function workerRows({ client, namespace }: TemporalLink, environment: string): Promise<DoctorRow[]> {
  const queue = taskQueueOf(environment);
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: workflowTasks,
  });
  const count = pollers?.length ?? 0;
  if (count > 0) return [ok('worker', `${count} on the task queue ${queue}`)];
  return [warn('worker', `none on the task queue ${queue}`, 'start one: crescendo worker')];
}
