import { formatBytes, formatPercent } from './format.ts';
import type { MongodbReadings } from './mongodb-readings.ts';
import type { Refusal } from './plan.ts';
import type { Reading } from './reading.ts';
import { judge, type RuleResult } from './rule.ts';
import { scaleUpAbove } from './runbook-numbers.ts';

/** Runbook 3.1, "Symptoms": queries above 100 ms, pool exhaustion, CPU above 80 %. */
export const mongodbAbove = { cpuOfLimit: 0.8, poolUtilization: scaleUpAbove.poolUtilization } as const;

const megabyte = 2 ** 20;
const gigabyte = 2 ** 30;
const smallestCache = 256 * megabyte;

/** The manual's default of `storage.wiredTiger.engineConfig.cacheSizeGB`: half of what is above 1 GB, 256 MB at least. */
export const defaultCacheBytes = (memoryBytes: number): number =>
  Math.max(smallestCache, Math.floor((memoryBytes - gigabyte) / 2 / megabyte) * megabyte);

/**
 * What would call for a larger MongoDB, fired or not.
 * @param cpuOfLimit CPU of the container's limit, 0 to 1
 */
export const mongodbSymptoms = (readings: MongodbReadings, cpuOfLimit: Reading): RuleResult[] => [
  judge({
    rule: 'mongodb.cpu',
    what: "CPU of the container's limit",
    reading: cpuOfLimit,
    fires: 'above',
    threshold: mongodbAbove.cpuOfLimit,
    format: formatPercent,
  }),
  judge({
    rule: 'mongodb.connections',
    what: 'share of the connections in use',
    reading: readings.poolUtilization,
    fires: 'above',
    threshold: mongodbAbove.poolUtilization,
    format: formatPercent,
  }),
  judge({
    rule: 'mongodb.slow',
    what: 'number of operations in work for longer than 100 ms',
    reading: readings.slowOperations,
    fires: 'above',
    threshold: 0,
    format: String,
  }),
];

/** The cache must fit into the container, with room for connections, sorts and the file system's own. */
export const cacheRefusals = (cacheBytes: number, memoryBytes: number): Refusal[] => {
  const most = Math.max(smallestCache, Math.floor(memoryBytes * 0.8));
  if (cacheBytes >= smallestCache && cacheBytes <= most) return [];
  return [
    {
      rule: 'mongodb.cache',
      path: 'cacheBytes',
      message: `a cache of ${formatBytes(cacheBytes)} does not fit a container of ${formatBytes(memoryBytes)}`,
      remedy: `ask for ${formatBytes(smallestCache)} to ${formatBytes(most)}; MongoDB's own default is ${formatBytes(defaultCacheBytes(memoryBytes))}`,
    },
  ];
};
