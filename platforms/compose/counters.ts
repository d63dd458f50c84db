/** What the kernel has counted for one container at one moment. */
export interface Counters {
  /** Of any clock, the same one for all counters of a container. */
  atMs: number;
  /** CPU time since its start. */
  cpuNs: number;
  /** Working set: page cache that can be given back at once is no pressure. */
  memoryBytes: number;
  hostCpus: number;
  hostMemoryBytes: number;
}
