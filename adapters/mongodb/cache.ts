import { MongoServerError, type Document, type MongoClient } from 'mongodb';
import { CrescendoError } from '../../domain/crescendo-error.ts';

const megabyte = 2 ** 20;

/**
 * Sets WiredTiger's cache, live; whole megabytes. It lasts until the server restarts: `--wiredTigerCacheSizeGB` in the compose
 * file is what stays. Returns a fact. Throws SettingRejected.
 */
export async function setCache(client: MongoClient, cacheBytes: number): Promise<string> {
  const before = await cacheMaxBytes(client);
  const megabytes = Math.floor(cacheBytes / megabyte);
  if (before === megabytes * megabyte) return `the cache has ${megabytes} MB already`;
  try {
    await client
      .db('admin')
      .command({ setParameter: 1, wiredTigerEngineRuntimeConfig: `cache_size=${megabytes}M` });
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    throw new CrescendoError(
      'SettingRejected',
      `MongoDB refuses a cache of ${megabytes} MB: ${error.message}`,
    );
  }
  const after = await cacheMaxBytes(client);
  if (after !== megabytes * megabyte)
    throw new CrescendoError(
      'SettingRejected',
      `MongoDB took a cache of ${megabytes} MB, but says ${Math.round(after / megabyte)} MB`,
    );
  return `the cache has ${megabytes} MB, ${Math.round(before / megabyte)} MB before`;
}

async function cacheMaxBytes(client: MongoClient): Promise<number> {
  const status = await client.db('admin').command({ serverStatus: 1 });
  const cache = (status['wiredTiger'] as Document | undefined)?.['cache'] as Document | undefined;
  return Number(cache?.['maximum bytes configured'] ?? Number.NaN);
}
