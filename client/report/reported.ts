import type { Plan } from '../../domain/plan.ts';
import type { ProcedureResult } from '../../domain/procedure.ts';
import type { Measured } from './measured.ts';
import type { Word } from './words.ts';

/** A part of a report: a heading, sentences, and a table. */
export interface Section {
  title: string;
  sentences: string[];
  table?: { head: string[]; rows: string[][] };
}

/** What a report is made of. A procedure that still runs, or was ended from outside, has no outcome of its own. */
export type Reported = Omit<ProcedureResult, 'outcome'> & {
  outcome: string;
  /** Left out where no worker could tell it. */
  plan?: Plan;
  /** What was said to it while it ran. */
  words: readonly Word[];
  measured: Measured;
};

export const isoOf = (atMs: number): string => new Date(atMs).toISOString();
