import { CrescendoError } from '../../domain/crescendo-error.ts';
import { exitCodes } from '../../domain/outcome.ts';
import { CliError } from './cli-error.ts';

/** Says an error in clear lines, without a stack unless CRESCENDO_DEBUG is set. Gives the exit code. */
export function reportError(error: unknown, out: NodeJS.WritableStream): number {
  for (const line of linesOf(error)) out.write(`${line}\n`);
  if (process.env['CRESCENDO_DEBUG'] !== undefined && error instanceof Error) out.write(`${error.stack}\n`);
  if (error instanceof CliError) return error.exitCode;
  const bad =
    error instanceof CrescendoError &&
    ['InvalidInput', 'InvalidCatalog', 'UnknownService'].includes(error.type);
  return bad ? exitCodes.badInput : 1;
}

function linesOf(error: unknown): string[] {
  if (error instanceof CliError) {
    return [
      ...error.message.split('\n').map((line) => `error: ${line}`),
      ...(error.todo === undefined ? [] : [`to do: ${error.todo}`]),
    ];
  }
  const { file, errors } = error instanceof CrescendoError ? error.details : {};
  if (Array.isArray(errors) && typeof file === 'string') {
    return (errors as { path: string; message: string }[]).map(
      ({ path, message }) => `error: ${file}: ${path === '' ? '' : `${path}: `}${message}`,
    );
  }
  return [`error: ${error instanceof Error ? error.message : String(error)}`];
}
