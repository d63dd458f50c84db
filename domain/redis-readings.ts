import type { Reading } from './reading.ts';

/** What a Redis server says of itself. What may be left out is unknown to a worker of before. */
export interface RedisReadings {
  version: string;
  /** `standalone`, `cluster` or `sentinel`. */
  mode: string;
  /** Whether CONFIG REWRITE has a file to write to. */
  hasConfigFile: boolean;
  /** maxmemory (bytes), maxmemory-policy, save, appendonly, as CONFIG GET gives them. */
  settings: Record<string, string>;
  keys: number;
  usedMemoryBytes: Reading;
  /** Since the server started. */
  evictedKeys: Reading;
  /** While it was watched. */
  newlyEvictedKeys?: Reading;
  /** Keys with a time to live: all that a `volatile-…` policy may evict. */
  expiringKeys?: Reading;
  /** Its replicas, and how far each is behind. */
  replicas?: { name: string; state: string; lagBytes: number }[];
  /** Hits of all reads, 0 to 1. */
  hitRatio: Reading;
  /** P95 of a ping. */
  latencyMs: Reading;
}
