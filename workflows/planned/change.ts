import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { describeIssues, type InputError } from '../../domain/input-errors.ts';
import { changeUpdate, plannedChangeInput, type PlannedChange } from '../contracts/planned-scaling.ts';
import type { Run } from '../engine/run.ts';
import { approvalOf } from '../engine/steering.ts';
import type { EventPlan } from './event-plan.ts';

/** The `change` update: checked against what is left, refused with every error, else planned anew at once. */
export function takeChanges(run: Run, planned: () => EventPlan | undefined): void {
  setHandler(
    changeUpdate,
    (input) => {
      const event = planned();
      if (event === undefined) throw invalid([{ path: '(input)', message: 'it is not planned yet' }]);
      const change = parse(input);
      const old = run.plan?.hash;
      const isWaiting = run.steering.awaitingHash === old;
      const sentences = event.change(change, Date.now());
      const reason = change.reason === '' ? '' : ` (${change.reason})`;
      run.note(`changed by ${change.by}${reason}: ${sentences.join('; ')}`);
      // Whoever is asked to approve the plan is asked for the new one.
      if (isWaiting) {
        run.steering.awaitingHash = run.plan?.hash;
        run.waitingFor = approvalOf(run.plan?.hash);
        run.show();
      }
      return `changed by ${change.by}: ${sentences.join('; ')}`;
    },
    {
      description: 'Plan what is left anew: {by, start?, end?, lengthMs?, timeZone?, peaks?, targets?}.',
      validator: (input) => {
        const event = planned();
        if (event === undefined) throw invalid([{ path: '(input)', message: 'it is not planned yet' }]);
        const change = parse(input);
        try {
          event.preview(change, Date.now());
        } catch (error) {
          if (!(error instanceof CrescendoError)) throw error;
          throw invalid((error.details as { errors: InputError[] }).errors);
        }
      },
    },
  );
}

function parse(input: unknown): PlannedChange {
  const parsed = plannedChangeInput.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  throw invalid(describeIssues(parsed.error.issues));
}

const invalid = (errors: InputError[]): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'InvalidInput',
    nonRetryable: true,
    message: errors.map(({ path, message }) => `${path}: ${message}`).join('; '),
    details: [{ errors }],
  });
