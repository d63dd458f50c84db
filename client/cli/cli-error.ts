import { exitCodes } from '../../domain/outcome.ts';
import type { InputError } from '../../domain/input-errors.ts';

/** An error that a person can act on: what is wrong, what to do, and the exit code. */
export class CliError extends Error {
  readonly exitCode: number;
  readonly todo: string | undefined;

  constructor(message: string, { exitCode = 1, todo }: { exitCode?: number; todo?: string } = {}) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.todo = todo;
  }
}

/** Bad input, every error with its path. Nothing has been started or changed. */
export const badInput = (errors: readonly InputError[], todo?: string): CliError =>
  new CliError(errors.map(({ path, message }) => `${path}: ${message}`).join('\n'), {
    exitCode: exitCodes.badInput,
    ...(todo === undefined ? {} : { todo }),
  });
