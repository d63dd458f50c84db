import { formatBytes, formatMs, formatPercent } from './format.ts';
import type { Refusal } from './plan.ts';
import { known, unknown, valueOf, type Reading } from './reading.ts';
import { judge, type RuleResult } from './rule.ts';
import type { RedisReadings } from './redis-readings.ts';

/** Runbook 3.4, "Symptoms": memory above 80 %, cache operations above 10 ms. */
export const redisAbove = { memory: 0.8, latencyMs: 10 } as const;

/** Room that Redis needs beside its data: buffers of clients and of persistence. */
const besideData = 0.9;

/**
 * What would call for more memory, fired or not. The runbook's "cache evictions increasing" is of now: those of last week are no
 * reason. The latency is that of a ping, so of the server and its network, not of a command that is slow by itself.
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
    what: 'number of keys evicted while it was watched',
    reading: readings.newlyEvictedKeys,
    fires: 'above',
    threshold: 0,
    format: String,
  }),
  judge({
    rule: 'redis.latency',
    what: 'P95 of 20 pings',
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

/**
 * A `maxmemory` below what is used needs something to evict: where there is nothing, CONFIG SET says OK and every write is refused from
 * then on.
 */
export const evictionRefusals = (
  { usedMemoryBytes, expiringKeys, settings }: RedisReadings,
  asked: { maxmemory: string; 'maxmemory-policy': string },
): Refusal[] => {
  const [maxmemoryBytes, policy] = [Number(asked.maxmemory), asked['maxmemory-policy']];
  const nowBytes = Number(settings['maxmemory'] ?? 0);
  if (maxmemoryBytes === 0) return [];
  // What is in use is below what is in force already.
  const shrinks = nowBytes === 0 || maxmemoryBytes < nowBytes;
  const usedBytes = valueOf(usedMemoryBytes);
  if (usedBytes === undefined ? !shrinks : usedBytes <= maxmemoryBytes) return [];
  if (evictableKeys(policy, valueOf(expiringKeys)) !== 0) return [];
  return [
    {
      rule: 'redis.nothing-to-evict',
      path: 'maxmemoryBytes',
      message: `${usedBytes === undefined ? 'an unknown amount' : formatBytes(usedBytes)} is in use, and ${policy} has nothing to evict: with maxmemory ${formatBytes(maxmemoryBytes)} every write would be refused`,
      remedy: `ask for more than is in use, or for a policy that evicts${policy.startsWith('volatile-') ? ' keys without a time to live too (allkeys-lru)' : ''}`,
    },
  ];
};

/** `undefined` when there is something, or nobody could say. */
const evictableKeys = (policy: string, expiring: number | undefined): number | undefined => {
  if (policy === 'noeviction') return 0;
  return policy.startsWith('volatile-') ? expiring : undefined;
};
