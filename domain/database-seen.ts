import type { Resources } from './observation.ts';
import type { Reading } from './reading.ts';

/** The container of a database, its use of it, and the room around it. */
export interface DatabaseContainer {
  name: string;
  service: string;
  /** Argument list that it runs with. */
  command: string[];
  limits: Resources;
  /** The compose file has changed since it was made: its next `up` makes it again. */
  isOutdated: boolean;
  cpuOfLimit: Reading;
  memoryOfLimit: Reading;
  memoryBytes: Reading;
  host: { cpus: number; memoryBytes: number; availableMemoryBytes: Reading };
  /** Free on the disk that its data lies on. */
  diskFreeBytes: Reading;
}
