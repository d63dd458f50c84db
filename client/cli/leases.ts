import type { Command } from 'commander';
import { formatMs } from '../../domain/format.ts';
import type { LeaseTable } from '../../domain/procedure.ts';
import { leaseTableQuery, leaseWorkflowId } from '../../workflows/contracts.ts';
import { withTemporal, type TemporalLink } from '../connect.ts';
import { environmentOf } from './ids.ts';
import { isJson, withCatalog, withOutput, withServer } from './options.ts';
import { plain } from './result.ts';
import { asked } from './status.ts';
import type { SteerOptions } from './steer.ts';
import { print, printJson } from './terminal.ts';

/** `crescendo leases`: who may change which services now, and who waits. */
export const leasesCommand = (program: Command): void => {
  withServer(withCatalog(withOutput(program.command('leases'))))
    .description('who may change which services now, and who waits')
    .addHelpText('after', '\nExample:\n  $ crescendo leases')
    .action((options: SteerOptions) =>
      withTemporal(options, async (link) => {
        const environment = await environmentOf(options);
        const { held, waiting } = await leaseTable(link, environment);
        if (isJson(options)) return printJson({ environment, held, waiting });
        if (held.length + waiting.length === 0) return print(`no lease is held in ${environment}`);
        const table = plain(['', 'holder', 'procedure', 'services', 'priority', 'since']);
        const since = (sinceMs: number): string => formatMs(Date.now() - sinceMs);
        for (const { holder, procedure, services, priority, sinceMs, preemption } of held) {
          const state = preemption === undefined ? 'held' : `held, wanted by ${preemption.by}`;
          table.push([state, holder, procedure, services.join(', '), priority, since(sinceMs)]);
        }
        for (const { holder, procedure, services, priority, sinceMs } of waiting) {
          table.push(['waits', holder, procedure, services.join(', '), priority, since(sinceMs)]);
        }
        print(table.toString());
      }),
    );
};

/** Of an environment in which nothing has run yet nobody holds anything. */
async function leaseTable(link: TemporalLink, environment: string): Promise<LeaseTable> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  const handle = link.client.workflow.getHandle(leaseWorkflowId(environment));
  try {
    return await asked(link, handle, () => handle.query(leaseTableQuery));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { held: [], waiting: [], lastFencingToken: 0 };
    throw error;
  }
}
