import { z } from 'zod';
import { formatMs } from '../domain/format.ts';
import { common } from '../workflows/contracts/common.ts';

/** A field of a procedure's input, as the help shows it. */
export interface InputField {
  /** `effectiveness.timeoutMs`; `targets.*` for the values of a record, `steps[]` for the items of a list. */
  path: string;
  type: string;
  required: boolean;
  /** Its default as JSON, with the time a person would say for one in ms. */
  byDefault?: string;
  doc: string;
}

interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** Every field of a schema, the nested ones after the field they are in; what all procedures have stands at the end. */
export function fieldsOf(input: z.ZodType): InputField[] {
  const fields = fieldsIn(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as Schema, '');
  const isCommon = ({ path }: InputField): boolean => path in common;
  return [...fields.filter((field) => !isCommon(field)), ...fields.filter(isCommon)];
}

/** Whether an input may have a field at this path (`event.name`). */
export const hasField = (input: z.ZodType, path: string): boolean =>
  fieldsOf(input).some((field) => field.path === path);

function fieldsIn(schema: Schema, prefix: string): InputField[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const required = schema.required?.includes(name) === true && field.default === undefined;
    return [fieldOf(path, field, required), ...inner(path, field)];
  });
  const known = new Map(
    [...own, ...branches.flatMap((one) => fieldsIn(one, prefix))].map((one) => [one.path, one]),
  );
  return [...known.values()];
}

/** Fields inside: of an object, of the items of a list, of the values of a record. */
function inner(path: string, schema: Schema): InputField[] {
  const { items, additionalProperties: values } = schema;
  return [
    ...fieldsIn(schema, path),
    ...(items === undefined ? [] : fieldsIn(items, `${path}[]`)),
    ...(typeof values === 'object' ? fieldsIn(values, `${path}.*`) : []),
  ];
}

function fieldOf(path: string, schema: Schema, required: boolean): InputField {
  const { default: value, description = '' } = schema;
  return {
    path,
    type: typeOf(schema),
    required,
    ...(value === undefined || value === '' ? {} : { byDefault: defaultText(path, value) }),
    doc: description,
  };
}

function typeOf(schema: Schema): string {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (branches.length > 0) return [...new Set(branches.map(typeOf))].join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  const { additionalProperties: values } = schema;
  if (typeof values === 'object' && schema.properties === undefined) return `{name: ${typeOf(values)}}`;
  if (schema.type === 'string' && schema.format === 'date-time') return 'date with offset';
  return `${schema.type ?? 'any'}${rangeOf(schema)}`;
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined)
    return ` above ${exclusiveMinimum}${high === undefined ? '' : `, at most ${high}`}`;
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER)
    return high === undefined ? '' : ` up to ${high}`;
  return high === undefined ? ` from ${minimum}` : ` ${minimum} to ${high}`;
}

function defaultText(path: string, value: unknown): string {
  const text = JSON.stringify(value);
  if (!path.endsWith('Ms') || typeof value !== 'number' || value === 0) return text;
  // A time that minutes do not say exactly.
  const exact = value % 60_000 === 0 || value < 60_000;
  return `${text} = ${exact ? formatMs(value) : `${value / 1_000} s`}`;
}
