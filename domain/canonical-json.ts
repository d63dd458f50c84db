/**
 * JSON with one spelling: keys sorted, no spaces, fields that are `undefined` left out. Equal data gives equal text,
 * so that a hash over it is the same in a worker, in the workflow sandbox and in the CLI.
 * Throws a TypeError for what JSON cannot say (NaN, Infinity, functions), since a hash over a lie approves anything.
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') return objectJson(value);
  throw new TypeError(`cannot be written as JSON: ${typeof value === 'number' ? value : typeof value}`);
};

const objectJson = (value: object): string => {
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
};
