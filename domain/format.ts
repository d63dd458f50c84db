/** Units of display: how a value is written for a person. Parsing is done in `config/units.ts` only. */

/** `850 ms`, `6.1 s`, `5 min`, `1 h 30 min`. */
export const formatMs = (ms: number): string => {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${trim(ms / 1000)} s`;
  const minutes = Math.round(ms / 60_000);
  const rest = minutes % 60;
  if (minutes < 60) return `${minutes} min`;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
};

/** `512 MiB`, `1.5 GiB`: binary units, as Docker counts. */
export const formatBytes = (bytes: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${bytes < 0 ? '-' : ''}${trim(value)} ${units[unit]}`;
};

/** A ratio as `97 %`; below 10 % with one decimal, so that an error rate of 0.4 % is not 0 %. */
export const formatPercent = (ratio: number): string => {
  const percent = ratio * 100;
  return `${Math.abs(percent) < 10 ? trim(percent) : Math.round(percent)} %`;
};

/** `1200/min`. */
export const formatPerMinute = (perMinute: number): string => `${trim(perMinute)}/min`;

/** `1 replica`, `3 replicas`. */
export const formatCount = (count: number, one: string): string =>
  `${count} ${count === 1 ? one : `${one}s`}`;

const trim = (value: number): string => String(Math.round(value * 10) / 10);
