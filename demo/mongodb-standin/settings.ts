import type { Document } from 'bson';

/** What can be changed while it runs. */
export interface Settings {
  cacheBytes: number;
  /** The last text that `wiredTigerEngineRuntimeConfig` was set to. */
  engineConfig: string;
}

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const smallestCacheBytes = 1_048_576;

/** serverStatus, wiredTiger.cache: the manual's names. */
export const cacheStatus = ({ cacheBytes }: Settings): Document => ({
  'maximum bytes configured': cacheBytes,
  'bytes currently in the cache': Math.min(cacheBytes, process.memoryUsage.rss()),
});

export const getParameter = (command: Document, settings: Settings): Document => {
  if (command['wiredTigerEngineRuntimeConfig'] !== undefined)
    return { wiredTigerEngineRuntimeConfig: settings.engineConfig, ok: 1 };
  return { ok: 0, errmsg: 'no option found to get', code: 72, codeName: 'InvalidOptions' };
};

export const setParameter = (command: Document, settings: Settings): Document => {
  const text: unknown = command['wiredTigerEngineRuntimeConfig'];
  if (typeof text !== 'string')
    return { ok: 0, errmsg: 'unrecognized parameter', code: 72, codeName: 'InvalidOptions' };
  const [, number = '', unit = ''] = /^cache_size=(\d+)([KMG]?)$/.exec(text) ?? [];
  const bytes = Number(number) * (units[unit] ?? Number.NaN);
  if (number === '' || bytes < smallestCacheBytes)
    return { ok: 0, errmsg: `WiredTiger reconfiguration failed: ${text}: Invalid argument`, code: 2 };
  const was = settings.engineConfig;
  settings.cacheBytes = bytes;
  settings.engineConfig = text;
  return { was, ok: 1 };
};
