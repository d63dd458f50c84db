import type { Acknowledged } from '../domain/probe-window.ts';

/**
 * Reads and writes one database as an application does, over a connection of its own that is opened again at the next try after it broke. Each
 * try has an end of its own, so that a server that hangs counts as down. Errors are what the driver throws: nobody repeats them here.
 */
export interface DatabaseProbe {
  /** The place of its writes: a table, a hash, a collection. Safe to repeat. */
  prepare(): Promise<void>;
  /** Resolves when the server has acknowledged it; the same sequence twice is one write. */
  write(sequence: number): Promise<void>;
  /** Reads what was written last. */
  read(): Promise<void>;
  /** The highest sequence in the database, 0 for none: where a prober that takes over goes on. */
  highest(): Promise<number>;
  /** How many of the acknowledged writes are not there. */
  missing(acknowledged: readonly Acknowledged[]): Promise<number>;
  /** Takes its place away. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

/** @param probeId of one procedure: probes of several do not count each other's writes */
export type OpenProbe = (url: string, probeId: string) => DatabaseProbe;
