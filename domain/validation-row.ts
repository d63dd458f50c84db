import type { Catalog } from './catalog.ts';
import type { TroubleLines } from './checklist.ts';
import type { Observation } from './observation.ts';
import type { SoakReport } from './soak.ts';
import type { Spread } from './spread.ts';

/** One line of the table: what was expected, what was measured, and what that means. */
export interface ValidationRow {
  check: string;
  /** Service, consumer group or `platform`. */
  subject: string;
  expected: string;
  measured: string;
  /** `unknown` is neither: a reading that could not be had proves nothing. */
  verdict: 'pass' | 'fail' | 'unknown';
  /** Why it fails or is unknown. */
  reason?: string;
}

/** A look that could not be made, and why: its checks are unknown, the others stand. */
export interface NotSeen {
  notSeen: string;
}

export const isSeen = <T extends object>(look: T | NotSeen | undefined): look is Exclude<T, NotSeen> =>
  look !== undefined && !('notSeen' in look);

/** Messages sent through the front door and followed to their delivery. */
export interface Deliveries {
  sent: number;
  /** Time from the request to the delivery, of those that were delivered. */
  deliveredMs: number[];
  /** Why one was not, or why none could be sent. */
  problem?: string;
}

export interface ValidationInput {
  catalog: Catalog;
  observation: Observation | NotSeen;
  errors: readonly TroubleLines[] | NotSeen;
  errorsOfMs: number;
  /** Left out where the catalog has no balancer. */
  spread?: Spread | NotSeen;
  /** Left out where the catalog says nothing of a message from end to end. */
  deliveries?: Deliveries | NotSeen;
  /** Left out where nobody watched. */
  soak?: SoakReport | NotSeen;
}

/** A row without a verdict of its own. */
export const unknownRow = (
  row: Pick<ValidationRow, 'check' | 'subject' | 'expected'>,
  measured: string,
  reason: string,
): ValidationRow => ({ ...row, measured, verdict: 'unknown', reason });
