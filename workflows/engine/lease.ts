import { condition, workflowInfo } from '@temporalio/workflow';
import { perform } from './activities.ts';
import { Ending } from './ending.ts';
import type { Run } from './run.ts';

/**
 * Takes the right to change the services, all of them at once. Waits in the lease's queue for `leaseTimeoutMs`. `graceMs` is how long a
 * holder of a lower priority may take to make way, in place of the lease's own time.
 * @throws Ending `rejected` with code LeaseHeld when the time is over.
 */
export async function takeLease(
  run: Run,
  services: string[],
  priority: number,
  graceMs?: number,
): Promise<void> {
  if (await askLease(run, services, priority, run.request.leaseTimeoutMs, graceMs)) return;
  throw new Ending(
    'rejected',
    `somebody else holds a lease of ${services.join(', ')}: see \`crescendo leases\``,
    'LeaseHeld',
  );
}

/** The same; `false` when the time is over, with its place in the queue still kept. */
export async function askLease(
  run: Run,
  services: string[],
  priority: number,
  timeoutMs: number,
  graceMs?: number,
): Promise<boolean> {
  const { workflowId, runId } = workflowInfo();
  run.leaseAsked = true;
  run.steering.forgetLease();
  const grace = graceMs === undefined ? {} : { graceMs };
  const request = { holder: workflowId, runId, procedure: run.procedure, services, priority, ...grace };
  await perform('requestLease', [request], `lease of ${services.join(', ')}`);
  run.waitingFor = `the lease of ${services.join(', ')}`;
  const granted = await condition(() => run.steering.grant !== undefined, timeoutMs, {
    summary: 'the lease',
  });
  run.waitingFor = undefined;
  if (!granted) return false;
  run.leaseGrantedAtMs = Date.now();
  run.note(`lease granted, fencing token ${run.steering.grant?.fencingToken}`);
  return true;
}

/** Gives the lease back, or leaves the queue. */
export async function giveLeaseBack(run: Run): Promise<void> {
  if (!run.leaseAsked) return;
  const { workflowId, runId } = workflowInfo();
  await perform('releaseLease', [{ holder: workflowId, runId }], 'give the lease back');
  run.leaseAsked = false;
  run.steering.forgetLease();
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
