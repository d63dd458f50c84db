import type { OpenProbe } from '../adapters/database-probe.ts';
import { setCache } from '../adapters/mongodb/cache.ts';
import { withMongodb } from '../adapters/mongodb/connect.ts';
import { mongodbProbe } from '../adapters/mongodb/probe.ts';
import { readMongodb } from '../adapters/mongodb/read.ts';
import {
  applySettings as applyPostgres,
  checkpoint,
  settingsThatDiffer,
} from '../adapters/postgres/change.ts';
import { postgresProbe } from '../adapters/postgres/probe.ts';
import { applySettings as applyRedis } from '../adapters/redis/change.ts';
import { withRedis } from '../adapters/redis/connect.ts';
import { redisProbe } from '../adapters/redis/probe.ts';
import { readSettings } from '../adapters/redis/read.ts';
import { keepEverything } from '../adapters/redis/snapshot.ts';
import type { DatabaseSpec } from '../domain/catalog.ts';
import type { StoredAs } from '../domain/database-operation.ts';
import { valueOf } from '../domain/reading.ts';

export type Settings = Readonly<Record<string, string | null>>;

export interface ApplyOptions {
  signal: AbortSignal;
  onProgress: (progress: string) => void;
}

export interface StopOptions extends ApplyOptions {
  /** What whoever starts next reads; what it has itself when left out. */
  storedAs?: readonly StoredAs[] | undefined;
  /** What the stop may take. */
  stopGraceMs: number;
}

/** What the procedures ask of any database; the rest is each one's own. */
export interface DatabaseDriver {
  /** The line of its log that the runbook looks for after a start. */
  readyLine: string;
  openProbe: OpenProbe;
  /** Writes what is in memory only, so that the stop that follows is short, and loses nothing. */
  beforeStop(url: string, options: StopOptions): Promise<void>;
  /** Live. Returns facts. */
  apply(url: string, settings: Settings, options: ApplyOptions): Promise<string[]>;
  /** Answers a query, and gives a sentence for each setting that is not as wanted. */
  differences(url: string, settings: Settings): Promise<string[]>;
}

export const databaseDrivers: Record<DatabaseSpec['kind'], DatabaseDriver> = {
  postgres: {
    readyLine: 'ready to accept connections',
    openProbe: postgresProbe,
    beforeStop: checkpoint,
    apply: applyPostgres,
    differences: settingsThatDiffer,
  },
  redis: {
    readyLine: 'Ready to accept connections',
    openProbe: redisProbe,
    beforeStop: (url, options) => withRedis(url, (redis) => keepEverything(redis, options)),
    apply: (url, settings, options) =>
      withRedis(url, (redis) => applyRedis(redis, withoutDefaults(settings), options)),
    differences: (url, settings) =>
      withRedis(url, async (redis) => {
        const wanted = withoutDefaults(settings);
        await redis.ping();
        return different(wanted, await readSettings(redis, Object.keys(wanted)));
      }),
  },
  mongodb: {
    readyLine: 'aiting for connections',
    openProbe: mongodbProbe,
    beforeStop: (url) =>
      withMongodb(url, async (client) => void (await client.db('admin').command({ fsync: 1 }))),
    apply: (url, { cacheBytes }) =>
      withMongodb(url, async (client) =>
        cacheBytes === undefined || cacheBytes === null ? [] : [await setCache(client, Number(cacheBytes))],
      ),
    differences: (url, settings) =>
      withMongodb(url, async (client) => {
        const { cacheMaxBytes } = await readMongodb(client);
        return different(withoutDefaults(settings), { cacheBytes: String(valueOf(cacheMaxBytes)) });
      }),
  },
};

/** Only PostgreSQL can be told to take its default. */
const withoutDefaults = (settings: Settings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );

const different = (wanted: Record<string, string>, now: Readonly<Record<string, string>>): string[] =>
  Object.entries(wanted)
    .filter(([name, value]) => now[name] !== value)
    .map(([name, value]) => `${name} is ${now[name] ?? 'unknown'}, not ${value}`);
