import type { Reading } from './reading.ts';

/** What lies on the disk of a container host and may be thrown away. */
export const storageKinds = ['images', 'containers', 'build cache', 'networks', 'volumes'] as const;
export type StorageKind = (typeof storageKinds)[number];

export interface StorageUse {
  kind: StorageKind;
  count: number;
  bytes: number;
  /** What nothing uses: a prune throws it away. */
  unusedCount: number;
  unusedBytes: number;
}

/** The disk of the engine's host and what lies on it. */
export interface Storage {
  freeBytes: Reading;
  use: StorageUse[];
}
