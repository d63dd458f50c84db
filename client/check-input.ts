import type { z } from 'zod';
import type { Catalog } from '../domain/catalog.ts';
import { describeIssues, type InputError } from '../domain/input-errors.ts';
import { badInput } from './cli/cli-error.ts';
import { procedureNames, procedures, type ProcedureName } from './procedures.ts';
import type { Request } from './procedures/definition.ts';

/**
 * Checks an input against the schema of the procedure and the names of the catalog.
 * @throws CliError (exit 2) with every error and its path.
 */
export const checkInput = (name: ProcedureName, input: unknown, catalog: Catalog): Request =>
  check(procedures[name].input, name, input, catalog);

/** The same for what a `change` of it says. @throws CliError (exit 2), also where it cannot be changed. */
export function checkChange(name: ProcedureName, change: unknown, catalog: Catalog): unknown {
  const schema = procedures[name].change;
  if (schema !== undefined) return check(schema, name, change, catalog);
  const others = procedureNames.filter((one) => procedures[one].change !== undefined).join(', ');
  throw badInput([
    { path: 'change', message: `${name} cannot be changed while it runs; these can: ${others}` },
  ]);
}

function check<T>(schema: z.ZodType<T>, name: ProcedureName, input: unknown, catalog: Catalog): T {
  const parsed = schema.safeParse(input);
  const issues = parsed.success ? [] : describeIssues(parsed.error.issues);
  // A name that is no name at all is said once, by the schema.
  const known = unknownNames(name, input, catalog).filter(
    ({ path }) => !issues.some((issue) => issue.path === path && issue.message.startsWith('Invalid key')),
  );
  if (!parsed.success || known.length > 0) throw badInput([...issues, ...known]);
  return parsed.data;
}

function unknownNames(procedure: ProcedureName, input: unknown, catalog: Catalog): InputError[] {
  if (typeof input !== 'object' || input === null) return [];
  const fields = input as Record<string, unknown>;
  const { environment } = fields;
  const elsewhere =
    typeof environment === 'string' && environment !== catalog.environment
      ? [{ path: 'environment', message: `the catalog is of ${catalog.environment}` }]
      : [];
  const known = Object.keys(catalog.services);
  const message = `no such service in the catalog of ${catalog.environment}: ${known.join(', ')}`;
  const unknown = procedures[procedure].services
    .flatMap((field) => namesIn(field, fields[field]))
    .filter(({ service }) => !known.includes(service));
  return [...elsewhere, ...unknown.map(({ path }) => ({ path, message }))];
}

function namesIn(field: string, value: unknown): { path: string; service: string }[] {
  if (typeof value === 'string') return [{ path: field, service: value }];
  if (Array.isArray(value))
    return value.map((service, index) => ({ path: `${field}.${index}`, service: String(service) }));
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).map((service) => ({ path: `${field}.${service}`, service }));
}
