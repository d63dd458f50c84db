import { readFileSync } from 'node:fs';
import { badInput } from './cli-error.ts';

/** What --input says, as an object. @throws CliError (exit 2) for what is no JSON object or cannot be read. */
export function readInput(input: string | undefined): Record<string, unknown> {
  if (input === undefined) return {};
  const [text, where] = textOf(input);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badInput([{ path: where, message: `is not JSON: ${(error as Error).message}` }]);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw badInput([{ path: where, message: 'must be one JSON object, for example {"sampleMs": 2000}' }]);
}

function textOf(input: string): [text: string, where: string] {
  if (input === '-') return [readFileSync(0, 'utf8'), '--input -'];
  if (!input.startsWith('@')) return [input, '--input'];
  try {
    return [readFileSync(input.slice(1), 'utf8'), `--input ${input}`];
  } catch (error) {
    throw badInput([{ path: `--input ${input}`, message: (error as Error).message }]);
  }
}
