import { WorkflowNotFoundError } from '@temporalio/client';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { leaseTableQuery, leaseWorkflowId } from '../workflows/contracts.ts';
import type { Dependencies } from './dependencies.ts';

/** How long the lease may take to say who holds what. */
const answerMs = 5_000;

/** A check, made right before a write, that the lease with this fencing token still covers the services. Throws LeaseLost. */
export const leaseGuard = (dependencies: Dependencies) => {
  const isCurrent = dependencies.isLeaseCurrent ?? ((...which) => asksTheLease(dependencies, ...which));
  return async (services: readonly string[], fencingToken: number): Promise<void> => {
    if (await isCurrent(services, fencingToken)) return;
    throw new CrescendoError(
      'LeaseLost',
      `the lease of ${services.join(', ')} with fencing token ${fencingToken} is no longer held`,
      { services, fencingToken },
    );
  };
};

const asksTheLease = async (
  { client, loadCatalog }: Dependencies,
  services: readonly string[],
  fencingToken: number,
): Promise<boolean> => {
  const { catalog } = await loadCatalog();
  const lease = client.workflow.getHandle(leaseWorkflowId(catalog.environment));
  try {
    const [description, table] = await client.withDeadline(Date.now() + answerMs, () =>
      Promise.all([lease.describe(), lease.query(leaseTableQuery)]),
    );
    // A lease that was terminated still answers queries, with a table that nobody keeps any more.
    if (description.status.name !== 'RUNNING') return false;
    const held = table.held.filter((entry) => entry.fencingToken === fencingToken);
    return services.every((service) => held.some((entry) => entry.services.includes(service)));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
};
