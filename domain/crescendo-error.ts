import { errorTypes, type ErrorType } from './errors.ts';

/** An error with a stable type and details as fields. Activities turn it into an ApplicationFailure of that type. */
export class CrescendoError extends Error {
  readonly type: ErrorType;
  readonly details: Record<string, unknown>;

  constructor(type: ErrorType, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = type;
    this.type = type;
    this.details = details;
  }

  get retryable(): boolean {
    return errorTypes[this.type].retryable;
  }
}
