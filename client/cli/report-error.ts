import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { InputError } from '../../domain/input-errors.ts';
import { exitCodes } from '../../domain/outcome.ts';
import { describeServiceError } from '../service-error.ts';
import { CliError } from './cli-error.ts';
import { printJson, tell } from './terminal.ts';

/**
 * Says an error on stderr in clear lines, without a stack unless CRESCENDO_DEBUG is set; for a program also as the one
 * JSON document on stdout. Gives the exit code.
 */
export function reportError(error: unknown, forProgram = false): number {
  const { message, todo, errors, exitCode } = asCliError(error);
  for (const line of message.split('\n')) tell(`error: ${line}`);
  if (todo !== undefined) tell(`to do: ${todo}`);
  if (process.env['CRESCENDO_DEBUG'] !== undefined && error instanceof Error) tell(String(error.stack));
  if (forProgram)
    printJson({ error: { message, exitCode, ...(todo === undefined ? {} : { todo }), errors } });
  return exitCode;
}

function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof CrescendoError) return ofCrescendo(error);
  const message = error instanceof Error ? error.message : String(error);
  return describeServiceError(error) ?? new CliError(message);
}

/** Types that say the input or the catalog is wrong. */
const badTypes: readonly string[] = ['InvalidInput', 'InvalidCatalog', 'UnknownService'];

function ofCrescendo({ type, message, details }: CrescendoError): CliError {
  const exitCode = badTypes.includes(type) ? exitCodes.badInput : 1;
  const { file, errors } = details as { file?: unknown; errors?: InputError[] };
  if (!Array.isArray(errors) || typeof file !== 'string') return new CliError(message, { exitCode });
  const lines = errors.map(({ path, message }) => `${file}: ${path === '' ? '' : `${path}: `}${message}`);
  return new CliError(lines.join('\n'), { exitCode, errors });
}
