import { ActivityFailure, ApplicationFailure, type TemporalFailure } from '@temporalio/workflow';
import type { Outcome } from '../../domain/outcome.ts';

/** How and why a procedure ends. Thrown to leave a story early; `code` is an error type where one caused it. */
export class Ending {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly code: string | undefined;

  constructor(outcome: Outcome, reason: string, code?: string) {
    this.outcome = outcome;
    this.reason = reason;
    this.code = code;
  }
}

/** The failure that an operator can act on, out of the wrapping that Temporal puts around it. */
export function describeFailure(error: TemporalFailure): { type: string; message: string } {
  const cause = error instanceof ActivityFailure && error.cause instanceof Error ? error.cause : error;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? 'Error') : cause.name;
  return { type, message: cause.message };
}
