import { condition, setHandler } from '@temporalio/workflow';
import { abortSignal, planQuery } from '../../workflows/contracts.ts';

export { lease } from '../../workflows/lease.ts';

/** As much of a procedure as the others see of it: a plan to ask for, a signal that ends it, a result. */
export async function holder(input: { deaf?: boolean }): Promise<{ outcome: string; reason: string }> {
  let reason: string | undefined;
  setHandler(planQuery, () => ({
    procedure: 'holder',
    environment: 'test',
    catalogHash: 'hash',
    observedAtMs: 1,
    finding: 'nothing',
    steps: [],
    refusals: [],
    notes: [],
    hash: 'plan-hash',
  }));
  setHandler(abortSignal, (abort) => {
    if (input.deaf !== true) reason = abort.reason;
  });
  await condition(() => reason !== undefined);
  return { outcome: 'held', reason: reason ?? '' };
}
