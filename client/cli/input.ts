import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseDurationMs } from '../../config/units.ts';
import type { Catalog } from '../../domain/catalog.ts';
import type { InputError } from '../../domain/input-errors.ts';
import { badInput } from './cli-error.ts';

export interface InputOptions {
  set?: string[];
  input?: string;
  approval?: string;
  dryRun?: boolean;
  requestedBy?: string;
  reason?: string;
  onFailure?: string;
  readyTimeout?: string;
  leaseTimeout?: string;
  approvalTimeout?: string;
  to?: string;
  procedureId?: string;
}

/**
 * One JSON object for a procedure: what --input says, the flags above it. It is not checked yet.
 * @throws CliError (exit 2) for what cannot even be read.
 */
export function buildInput(options: InputOptions, catalog: Catalog): Record<string, unknown> {
  const errors: InputError[] = [];
  const given = readInput(options.input);
  const targets = { ...asObject(given['targets']), ...targetsOf(options.set ?? [], errors) };
  const times = {
    ...timeOf('readyTimeoutMs', '--ready-timeout', options.readyTimeout, errors),
    ...timeOf('leaseTimeoutMs', '--lease-timeout', options.leaseTimeout, errors),
    ...timeOf('approvalTimeoutMs', '--approval-timeout', options.approvalTimeout, errors),
  };
  if (errors.length > 0) throw badInput(errors);
  return {
    environment: catalog.environment,
    requestedBy: whoAmI(),
    ...given,
    ...(options.set === undefined ? {} : { targets }),
    ...times,
    ...named('approval', options.approval),
    ...named('onFailure', options.onFailure),
    ...named('requestedBy', options.requestedBy),
    ...named('reason', options.reason),
    ...named('to', options.to),
    ...named('procedureId', options.procedureId),
    ...(options.dryRun === true ? { dryRun: true } : {}),
  };
}

/** $USER, or the name of the account. */
export const whoAmI = (): string => process.env['USER'] || userInfo().username;

const named = (name: string, value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { [name]: value };

function timeOf(
  name: string,
  flag: string,
  text: string | undefined,
  errors: InputError[],
): Record<string, number> {
  if (text === undefined) return {};
  try {
    return { [name]: parseDurationMs(text) };
  } catch (error) {
    errors.push({ path: flag, message: (error as Error).message });
    return {};
  }
}

function targetsOf(pairs: readonly string[], errors: InputError[]): Record<string, number> {
  const entries = pairs.map((pair): [string, number] => {
    const at = pair.lastIndexOf('=');
    const [service, replicas] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    if (!/^-?\d+(\.\d+)?$/.test(replicas)) {
      errors.push({
        path: `targets.${service}`,
        message: `give it as ${service || 'service'}=3, not "${pair}"`,
      });
    }
    return [service, Number(replicas)];
  });
  return Object.fromEntries(entries);
}

function readInput(input: string | undefined): Record<string, unknown> {
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

const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});
