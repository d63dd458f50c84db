import { formatBytes, formatMs, formatPercent } from './format.ts';
import type { Refusal } from './plan.ts';
import { known, unknown, type Reading } from './reading.ts';
import { judge, type RuleResult } from './rule.ts';
import type { RedisReadings } from './redis-readings.ts';

/** Runbook 3.4, "Symptoms": memory above 80 %, cache operations above 10 ms. */
export const redisAbove = { memory: 0.8, latencyMs: 10 } as const;

/** Room that Redis needs beside its data: buffers of clients and of persistence. */
const besideData = 0.9;

/**
 * What would call for more memory, fired or not. Evictions count since the server started: any of them says that keys were
 * lost to make room.
 * @param memoryOfLimit working set of the container's limit, 0 to 1
 */
export const redisSymptoms = (readings: RedisReadings, memoryOfLimit: Reading): RuleResult[] => [
  judge({
    rule: 'redis.maxmemory',
    what: 'memory of maxmemory',
    reading: usedOfMaxmemory(readings),
    fires: 'above',
    threshold: redisAbove.memory,
    format: formatPercent,
  }),
  judge({
    rule: 'redis.memory',
    what: "memory of the container's limit",
    reading: memoryOfLimit,
    fires: 'above',
    threshold: redisAbove.memory,
    format: formatPercent,
  }),
  judge({
    rule: 'redis.evictions',
    what: 'number of evicted keys',
    reading: readings.evictedKeys,
    fires: 'above',
    threshold: 0,
    format: String,
  }),
  judge({
    rule: 'redis.latency',
    what: 'P95 of a ping',
    reading: readings.latencyMs,
    fires: 'above',
    threshold: redisAbove.latencyMs,
    format: formatMs,
  }),
];

const usedOfMaxmemory = ({ settings, usedMemoryBytes }: RedisReadings): Reading => {
  const maxmemory = Number(settings['maxmemory'] ?? 0);
  if (!usedMemoryBytes.known) return usedMemoryBytes;
  if (maxmemory === 0) return unknown('it has no maxmemory', 'redis');
  return known(usedMemoryBytes.value / maxmemory, 'redis');
};

/** Redis' own memory must fit into that of its container, with room beside the data. 0 is "no limit", which never fits. */
export const maxmemoryRefusals = (maxmemoryBytes: number, memoryBytes: number): Refusal[] => {
  const most = Math.floor(memoryBytes * besideData);
  if (maxmemoryBytes > 0 && maxmemoryBytes <= most) return [];
  return [
    {
      rule: 'redis.maxmemory',
      path: 'maxmemoryBytes',
      message:
        maxmemoryBytes === 0
          ? `without maxmemory Redis grows until its container of ${formatBytes(memoryBytes)} is killed`
          : `maxmemory ${formatBytes(maxmemoryBytes)} does not fit into a container of ${formatBytes(memoryBytes)}`,
      remedy: `ask for ${formatBytes(most)} at most, which leaves room for buffers`,
    },
  ];
};
