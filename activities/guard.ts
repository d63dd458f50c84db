import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { whileBeating } from './task.ts';

/**
 * Around every activity: beats while it works, and turns its errors into what Temporal understands. A CrescendoError becomes an
 * ApplicationFailure of its type; whatever is thrown because the activity was cancelled becomes the CancelledFailure;
 * anything else is a bug and stays as it is, retryable.
 */
export const guarded =
  <Input extends unknown[], Result>(activity: (...input: Input) => Promise<Result>) =>
  async (...input: Input): Promise<Result> => {
    try {
      return await whileBeating(() => activity(...input));
    } catch (error) {
      throw asFailure(error);
    }
  };

const asFailure = (error: unknown): unknown => {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  const { cancellationSignal } = Context.current();
  if (cancellationSignal.aborted)
    return cancellationSignal.reason instanceof CancelledFailure
      ? cancellationSignal.reason
      : new CancelledFailure('cancelled', [], error instanceof Error ? error : undefined);
  if (!(error instanceof CrescendoError)) return error;
  return ApplicationFailure.create({
    type: error.type,
    message: error.message,
    nonRetryable: !error.retryable,
    details: [error.details],
    cause: error,
  });
};
