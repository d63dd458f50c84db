import { condition, workflowInfo } from '@temporalio/workflow';
import { perform } from './activities.ts';
import { Ending } from './ending.ts';
import type { Run } from './run.ts';

/**
 * Takes the right to change the services, all of them at once. Waits in the lease's queue for `leaseTimeoutMs`.
 * @throws Ending `rejected` with code LeaseHeld when the time is over.
 */
export async function takeLease(run: Run, services: string[], priority: number): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  run.leaseAsked = true;
  const request = { holder: workflowId, runId, procedure: run.procedure, services, priority };
  await perform('requestLease', [request], `lease of ${services.join(', ')}`);
  run.waitingFor = `the lease of ${services.join(', ')}`;
  const granted = await condition(() => run.steering.grant !== undefined, run.request.leaseTimeoutMs, {
    summary: 'the lease',
  });
  run.waitingFor = undefined;
  if (!granted) {
    throw new Ending(
      'rejected',
      `somebody else holds a lease of ${services.join(', ')}: see \`crescendo leases\``,
      'LeaseHeld',
    );
  }
  run.leaseGrantedAtMs = Date.now();
  run.note(`lease granted, fencing token ${run.steering.grant?.fencingToken}`);
}

/** Gives the lease back, or leaves the queue. */
export async function giveLeaseBack(run: Run): Promise<void> {
  if (!run.leaseAsked) return;
  const { workflowId, runId } = workflowInfo();
  await perform('releaseLease', [{ holder: workflowId, runId }], 'give the lease back');
}

/** A lease that somebody with a higher priority wants ends the procedure at the next safe point. */
export function holdIfPreempted(run: Run): void {
  if (run.steering.preemptedBy === undefined) return;
  throw new Ending(
    'held',
    `made way for ${run.steering.preemptedBy}, which has a higher priority`,
    'LeaseLost',
  );
}
