import type { Catalog } from './catalog.ts';
import type { DatabaseContainer } from './database-seen.ts';
import { formatMs } from './format.ts';
import { planResize, type ResizeAsked } from './plan-resize.ts';
import type { Plan } from './plan.ts';
import type { MongodbReadings } from './mongodb-readings.ts';
import { cacheRefusals, mongodbSymptoms } from './mongodb-rules.ts';
import { valueOf } from './reading.ts';

export interface MongodbPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  database: string;
  container: DatabaseContainer;
  readings: MongodbReadings;
  /** `cacheBytes`: whole megabytes. */
  asked: ResizeAsked & { cacheBytes: number };
}

const gigabyte = 2 ** 30;

/** Runbook 3.1, "Vertical Scaling", without its stop: limits and WiredTiger's cache are changed while it runs. */
export const planMongodb = (input: MongodbPlanInput): Plan => {
  const { readings, asked, container } = input;
  const now = valueOf(readings.cacheMaxBytes);
  const differs = now !== asked.cacheBytes;
  const memoryBytes = asked.limits.memoryBytes ?? container.limits.memoryBytes;
  const cacheBytes = String(asked.cacheBytes);
  const { current, available } = readings.connections;
  const dataBytes = valueOf(readings.dataBytes);
  return planResize({
    ...input,
    procedure: 'resizeMongodb',
    live: {
      from: differs ? { cacheBytes: now === undefined ? null : String(now) } : {},
      to: differs ? { cacheBytes } : {},
    },
    restartBecause: [],
    afterRestart: differs ? { cacheBytes } : {},
    command: withCache(container.command, asked.cacheBytes),
    symptoms: mongodbSymptoms(readings, container.cpuOfLimit),
    refusals: memoryBytes === undefined ? [] : cacheRefusals(asked.cacheBytes, memoryBytes),
    notes: [
      { rule: 'mongodb.connections', message: `${current} connections are open, ${available} more can be` },
      {
        rule: 'mongodb.cache-not-persisted',
        message:
          'a cache that is set live lasts until the next start of mongod; --wiredTigerCacheSizeGB on its command line is what stays',
      },
    ],
    ...(dataBytes === undefined ? {} : { databaseBytes: dataBytes }),
    behind: behindOf(readings),
  });
};

/** Idle sets write a mark each ten seconds, and members hear of each other each two. */
const mayLagMs = 30_000;

const behindOf = ({ members = [] }: MongodbReadings): string[] =>
  members.flatMap(({ host, state, lagMs = 0 }) => {
    if (state === 'PRIMARY' || state === 'ARBITER') return [];
    if (state === 'SECONDARY') return lagMs > mayLagMs ? [`${host} (${formatMs(lagMs)})`] : [];
    return [`${host} (${state})`];
  });

const flag = '--wiredTigerCacheSizeGB';

/** `--wiredTigerCacheSizeGB 1.5` in the arguments of mongod, put or changed. */
export const withCache = (command: readonly string[], cacheBytes: number): string[] => {
  const kept: string[] = [];
  for (let index = 0; index < command.length; index += 1) {
    const word = command[index] ?? '';
    if (word.startsWith(`${flag}=`)) continue;
    if (word !== flag) kept.push(word);
    else index += 1;
  }
  return [...(kept.length === 0 ? ['mongod'] : kept), flag, String(cacheBytes / gigabyte)];
};
