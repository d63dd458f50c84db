import { condition } from '@temporalio/workflow';
import { approvalOf } from '../engine/steering.ts';
import type { Run } from '../engine/run.ts';
import type { EventPlan } from './event-plan.ts';

/**
 * A change after the approval needs the word again before it is carried out; until then nothing of it is done. Where it is rejected, or
 * nobody answers in time, the plan that was approved goes on.
 */
export async function agreeOnChange(run: Run, event: EventPlan): Promise<void> {
  if (run.request.approval !== 'required') return;
  const { steering, request } = run;
  while (steering.approvedBy === undefined) {
    steering.rejection = undefined;
    steering.awaitingHash = run.plan?.hash;
    run.waitingFor = approvalOf(steering.awaitingHash);
    run.enter('awaiting_approval');
    run.show();
    const answered = await condition(
      () => steering.approvedBy !== undefined || steering.rejection !== undefined,
      request.approvalTimeoutMs,
      { summary: 'approval of the change' },
    );
    steering.awaitingHash = undefined;
    run.waitingFor = undefined;
    if (steering.approvedBy === undefined) event.takeBack(answered ? 'rejected' : 'not approved in time');
  }
  event.agreed();
}
