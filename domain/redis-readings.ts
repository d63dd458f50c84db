import type { Reading } from './reading.ts';

/** What a Redis server says of itself. */
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
  /** Hits of all reads, 0 to 1. */
  hitRatio: Reading;
  /** P95 of a ping. */
  latencyMs: Reading;
}
