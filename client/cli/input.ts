import { userInfo } from 'node:os';
import { parseDurationMs } from '../../config/units.ts';
import type { Catalog } from '../../domain/catalog.ts';
import type { InputError } from '../../domain/input-errors.ts';
import { hasField } from '../input-fields.ts';
import { procedureNames, procedures, type ProcedureName } from '../procedures.ts';
import { badInput } from './cli-error.ts';
import { inputFlags, type InputFlag } from './input-flags.ts';
import { keyOf } from './input-options.ts';
import { readInput } from './read-input.ts';

/** What commander has read: the values of the input flags by their names, and what else the command takes. */
export interface InputOptions {
  input?: string;
  field?: string[];
  dryRun?: boolean;
}

type Input = Record<string, unknown>;

/**
 * One JSON object for a procedure: what --input says, the flags above it. It is not checked against the schema yet.
 * @throws CliError (exit 2) for what cannot even be read, and for a flag that the procedure does not know.
 */
export function buildInput(procedure: ProcedureName, options: InputOptions, catalog: Catalog): Input {
  const errors: InputError[] = [];
  const input: Input = {
    environment: catalog.environment,
    requestedBy: whoAmI(),
    ...readInput(options.input),
  };
  const known = ({ field }: InputFlag): boolean => hasField(procedures[procedure].input, field);
  for (const flag of givenFlags(options).filter((one) => !known(one)))
    errors.push({ path: nameOf(flag), message: notOf(procedure, flag) });
  fillIn(input, givenFlags(options).filter(known), options, errors);
  for (const pair of options.field ?? []) putField(procedure, input, pair, errors);
  if (options.dryRun === true) input['dryRun'] = true;
  if (errors.length > 0) throw badInput(errors);
  return input;
}

/** Puts the values of flags into an input, each where its `field` says. What cannot be read is an error. */
export function fillIn(
  input: Record<string, unknown>,
  flags: readonly InputFlag[],
  options: object,
  errors: InputError[],
): void {
  for (const flag of flags) {
    const given = valueOf(options, flag);
    if (given !== undefined) put(input, flag, given, errors);
  }
}

const givenFlags = (options: object): InputFlag[] =>
  inputFlags.filter((flag) => valueOf(options, flag) !== undefined);

const valueOf = (options: object, flag: InputFlag): string | string[] | undefined =>
  (options as Record<string, string | string[] | undefined>)[keyOf(flag)];

/** $USER, or the name of the account. */
export const whoAmI = (): string => process.env['USER'] || userInfo().username;

const nameOf = ({ flags }: InputFlag): string => flags.split(' ')[0] ?? flags;

function notOf(procedure: ProcedureName, { field }: InputFlag): string {
  const others = procedureNames.filter((name) => hasField(procedures[name].input, field));
  return `${procedure} has no such option${others.length === 0 ? '' : `; these have: ${others.join(', ')}`}`;
}

function put(input: Input, flag: InputFlag, given: string | string[], errors: InputError[]): void {
  const [parent, last] = placeOf(input, flag.field);
  if (flag.pairs !== undefined) parent[last] = { ...asObject(parent[last]), ...pairsOf(flag, given, errors) };
  else parent[last] = flag.list === true ? given : parsed(flag, String(given), nameOf(flag), errors);
}

/** `--field stepMs=2m`: by its path in the input. */
function putField(procedure: ProcedureName, input: Input, pair: string, errors: InputError[]): void {
  const at = pair.indexOf('=');
  const path = pair.slice(0, Math.max(at, 0));
  if (!hasField(procedures[procedure].input, path)) {
    const todo = at > 0 ? `${procedure} has no such field` : `give it as path=value, not "${pair}"`;
    errors.push({ path: `--field ${path}`.trim(), message: todo });
    return;
  }
  const [parent, last] = placeOf(input, path);
  const text = pair.slice(at + 1);
  try {
    parent[last] = path.endsWith('Ms') ? parseDurationMs(text) : jsonOr(text);
  } catch (error) {
    errors.push({ path, message: (error as Error).message });
  }
}

/** Makes the objects on the way. */
function placeOf(input: Input, field: string): [parent: Input, last: string] {
  const path = field.split('.');
  const last = path.pop() ?? '';
  const parent = path.reduce((into, name) => (into[name] = { ...asObject(into[name]) }), input);
  return [parent, last];
}

/** A number, true, a list, an object as JSON says them; any other text as it stands. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function pairsOf(flag: InputFlag, given: string | string[], errors: InputError[]): Input {
  const entries = [given].flat().map((pair): [string, unknown] => {
    const at = pair.lastIndexOf('=');
    if (at > 0) {
      const name = pair.slice(0, at);
      return [name, parsed(flag, pair.slice(at + 1), `${flag.field}.${name}`, errors, pair)];
    }
    errors.push({ path: `${flag.field}.${pair}`, message: howTo(flag, pair, pair) });
    return [pair, undefined];
  });
  return Object.fromEntries(entries);
}

function parsed(flag: InputFlag, text: string, path: string, errors: InputError[], pair?: string): unknown {
  try {
    return flag.parse === undefined ? text : flag.parse(text);
  } catch (error) {
    const message =
      pair === undefined ? (error as Error).message : howTo(flag, path.slice(flag.field.length + 1), pair);
    errors.push({ path, message });
    return undefined;
  }
}

const howTo = ({ pairs = '' }: InputFlag, name: string, pair: string): string =>
  `give it as ${pairs.replace('service', name === '' ? 'service' : name)}, not "${pair}"`;

const asObject = (value: unknown): Input =>
  typeof value === 'object' && value !== null ? (value as Input) : {};
