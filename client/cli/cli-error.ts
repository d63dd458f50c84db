import { exitCodes } from '../../domain/outcome.ts';
import type { InputError } from '../../domain/input-errors.ts';

/** An error that a person can act on: what is wrong, what to do, and the exit code. */
export class CliError extends Error {
  readonly exitCode: number;
  readonly todo: string | undefined;
  /** Each thing that is wrong with an input, for programs; the message says the same. */
  readonly errors: readonly InputError[];

  constructor(
    message: string,
    {
      exitCode = 1,
      todo,
      errors = [],
    }: { exitCode?: number; todo?: string; errors?: readonly InputError[] } = {},
  ) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.todo = todo;
    this.errors = errors;
  }
}

/** Bad input, every error with its path. Nothing has been started or changed. */
export const badInput = (errors: readonly InputError[], todo?: string): CliError =>
  new CliError(errors.map(({ path, message }) => `${path}: ${message}`).join('\n'), {
    exitCode: exitCodes.badInput,
    errors,
    ...(todo === undefined ? {} : { todo }),
  });
