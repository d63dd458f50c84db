import { CrescendoError } from '../domain/crescendo-error.ts';

/**
 * The human forms of a catalog and of CLI flags, parsed here and nowhere else. Each gives SI units and throws
 * `InvalidInput` with what was expected and an example.
 */

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const durationPart = /^(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)\s*/;

/** `500ms`, `20s`, `15m`, `1h30m`, `2 h`; only 0 goes without a unit. In ms. */
export const parseDurationMs = (input: unknown): number => {
  if (input === 0 || input === '0') return 0;
  const wrong = () => invalid(input, 'a time with its unit', '20s, 15m or 1h30m');
  let rest = textOf(input, wrong);
  let ms = 0;
  do {
    const [all, amount, unit] = durationPart.exec(rest) ?? [];
    const size = unit === undefined ? undefined : unitMs[unit];
    if (all === undefined || size === undefined) throw wrong();
    ms += Number(amount) * size;
    rest = rest.slice(all.length);
  } while (rest !== '');
  return Math.round(ms);
};

const byteUnits = ['', 'K', 'M', 'G', 'T'];

/** `512M`, `1.5G`, `768MiB`, or a number of bytes. Binary as in a compose file: 1M is 1024 x 1024. */
export const parseBytes = (input: unknown): number => {
  const wrong = () => invalid(input, 'an amount of memory', '512M or 1.5G');
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(textOf(input, wrong)) ?? [];
  if (amount === undefined) throw wrong();
  const bytes = Math.round(Number(amount) * 1024 ** byteUnits.indexOf(unit.toUpperCase()));
  if (bytes <= 0) throw wrong();
  return bytes;
};

const perMinuteOf: Readonly<Record<string, number>> = { s: 60, sec: 60, m: 1, min: 1, h: 1 / 60 };

/** `500/min`, `500 req/min`, `10/s`, `5000 msg/min`. Per minute: the unit is always written. */
export const parsePerMinute = (input: unknown): number => {
  const wrong = () => invalid(input, 'a rate with its unit', '500/min, 500 req/min or 10/s');
  const form = /^(\d+(?:\.\d+)?)\s*(?:req|requests?|msgs?|messages?)?\s*\/\s*(sec|s|min|m|h)$/i;
  const [, amount, unit] = form.exec(textOf(input, wrong)) ?? [];
  const factor = unit === undefined ? undefined : perMinuteOf[unit.toLowerCase()];
  const rate = Number(amount);
  if (factor === undefined || rate <= 0) throw wrong();
  return rate * factor;
};

/** `0.5`, `'2'` or `500m`: CPUs. */
export const parseCpus = (input: unknown): number => {
  const wrong = () => invalid(input, 'a number of CPUs', '0.5, 2 or 500m');
  const [, amount, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(textOf(input, wrong)) ?? [];
  const cpus = Number(amount) / (milli === 'm' ? 1000 : 1);
  if (!(cpus > 0)) throw wrong();
  return cpus;
};

const textOf = (input: unknown, wrong: () => Error): string => {
  if (typeof input === 'number' && Number.isFinite(input)) return String(input);
  if (typeof input !== 'string' || input.trim() === '') throw wrong();
  return input.trim();
};

const invalid = (input: unknown, what: string, examples: string): CrescendoError => {
  const shown = typeof input === 'string' || typeof input === 'number' ? JSON.stringify(input) : 'this';
  const message = input === undefined ? `missing: give ${what}` : `${shown} is not ${what}`;
  return new CrescendoError('InvalidInput', `${message} (for example ${examples})`);
};
