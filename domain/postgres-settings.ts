/** One row of pg_settings. */
export interface PostgresSetting {
  /** In `unit`. */
  value: string;
  /** `8kB`, `kB`, `MB`, `ms`, `s`, `min`; left out for a number without one. */
  unit?: string;
  /** When a change takes effect: `postmaster` needs a restart, `sighup` a reload, the others less. */
  context: string;
  /** Where the value comes from: `command line` wins over every file. */
  source: string;
  /** The file that it stands in, where the user may see that. */
  sourceFile?: string;
  /** `bool`, `integer`, `real`, `string`, `enum`. */
  type: string;
  isPendingRestart: boolean;
  /** In `unit`. */
  min?: number;
  max?: number;
}

/** Runbook 3.3, "Tune PostgreSQL config": its twelve settings. */
export const runbookSettings = {
  shared_buffers: '2GB',
  effective_cache_size: '6GB',
  maintenance_work_mem: '512MB',
  checkpoint_completion_target: '0.9',
  wal_buffers: '16MB',
  default_statistics_target: '100',
  random_page_cost: '1.1',
  effective_io_concurrency: '200',
  work_mem: '5242kB',
  min_wal_size: '1GB',
  max_wal_size: '4GB',
  max_connections: '200',
} as const;

const bytesOf: Record<string, number> = { B: 1, kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };
const millisecondsOf: Record<string, number> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A value with a unit in bytes or milliseconds, a bare number as it is; `undefined` for what is no number. PostgreSQL's own rules, manual 20.1.1. */
export const quantityOf = (value: string, unit?: string): number | undefined => {
  const found = /^\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*([a-zA-Z]*)\s*$/.exec(value);
  if (found === null) return undefined;
  const [, digits = '', own = ''] = found;
  const inUnit = own === '' ? unit : own;
  const number = Number(digits);
  if (inUnit === undefined || inUnit === '') return number;
  const [, times = '1', name = inUnit] = /^(\d*)([a-zA-Z]+)$/.exec(inUnit) ?? [];
  const factor = bytesOf[name] ?? millisecondsOf[name];
  // -1 stands for "off" or "by itself" whatever the unit.
  if (factor === undefined) return undefined;
  return number < 0 ? number : number * Number(times === '' ? 1 : times) * factor;
};

const truths = new Map([
  ['on', true],
  ['true', true],
  ['yes', true],
  ['1', true],
  ['off', false],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/** Whether the wanted value is the one in force, whatever unit either is written in. */
export const isInForce = (setting: PostgresSetting, wanted: string): boolean => {
  if (setting.type === 'bool') return truths.get(setting.value) === truths.get(wanted.toLowerCase());
  if (setting.type === 'string') return setting.value === wanted;
  if (setting.type === 'enum') return setting.value.toLowerCase() === wanted.toLowerCase();
  const [now, then] = [quantityOf(setting.value, setting.unit), quantityOf(wanted, setting.unit)];
  if (now === undefined || then === undefined) return false;
  // PostgreSQL rounds to whole units.
  const step = setting.unit === undefined ? 1e-9 : (quantityOf('1', setting.unit) ?? 1) / 2;
  return Math.abs(now - then) <= step;
};

/** Takes effect at a start only, or stands on the command line, which nothing but a start changes. */
export const needsRestart = ({ context, source }: PostgresSetting): boolean =>
  context === 'postmaster' || source === 'command line';

/** Of a person's or a file's form: `32768` in units of 8kB is `256MB`. */
export const settingText = ({ value, unit }: PostgresSetting): string => {
  const quantity = quantityOf(value, unit);
  if (unit === undefined || quantity === undefined || quantity < 0) return value;
  const units = unit.endsWith('B') ? bytesOf : millisecondsOf;
  const [name, factor] = Object.entries(units).findLast(
    ([, size]) => quantity >= size && Number.isInteger(quantity / size),
  ) ?? ['', 1];
  return quantity === 0 ? '0' : `${quantity / factor}${name}`;
};

/** `-c name=value` in an argument list of `postgres`, put or changed; the others stay as they are. */
export const withCommandSettings = (
  command: readonly string[],
  settings: Readonly<Record<string, string>>,
): string[] => {
  const left = new Map(Object.entries(settings));
  const kept: string[] = [];
  for (let index = 0; index < command.length; index += 1) {
    const [word = '', next = ''] = [command[index], command[index + 1]];
    const [prefix, pair] =
      word === '-c' || word === '--config'
        ? ['-c', next]
        : word.startsWith('--')
          ? ['--', word.slice(2)]
          : ['', ''];
    const name = pair.split('=')[0] ?? '';
    const wanted = prefix === '' ? undefined : (left.get(name) ?? left.get(name.replaceAll('-', '_')));
    if (wanted === undefined) {
      kept.push(word);
      continue;
    }
    left.delete(name);
    left.delete(name.replaceAll('-', '_'));
    if (prefix === '-c') {
      kept.push('-c', `${name}=${wanted}`);
      index += 1;
    } else kept.push(`--${name}=${wanted}`);
  }
  return [...kept, ...[...left].flatMap(([name, value]) => ['-c', `${name}=${value}`])];
};
