import type { z } from 'zod';

/** What every checked input has. */
export interface Request {
  environment: string;
  requestedBy: string;
  trigger: string;
  reason: string;
  dryRun: boolean;
  approval: 'none' | 'required';
  approvalTimeoutMs: number;
}

/** What a client knows about a procedure: how it is started, and what people are told about it. */
export interface Definition<R extends Request = Request> {
  /** Schema of its one JSON object; `describe` of each field is what the help says. */
  input: z.ZodType<R>;
  /** The id of its running execution: a second start with the same id joins it. */
  workflowId: (request: R) => string;
  /** One sentence for the Temporal UI's list. */
  summary: (request: R) => string;
  /** One sentence for the lists of the CLI, without a full stop. */
  sentence: string;
  /** What it does, in the runbook's words; stands in the Temporal UI. */
  details: string;
  /** Fields that hold names of services: keys of a record, items of a list, or one name. */
  services: readonly string[];
  /** Whether it takes the lease of what it changes, so that two of them wait for each other. */
  takesLease: boolean;
  /**
   * Of a procedure for an event: how long before its start it begins. A schedule is then given by the time of the event,
   * which goes into `event.nextAt` and `event.timeZone`.
   */
  leadMs?: (request: R) => number;
  /** Of a procedure for an event: when one that is asked for at `nowMs` has something to do. It is started with a delay until then. */
  beginsAtMs?: (request: R, nowMs: number) => number;
  /** Schema of what its `change` update takes; without one it cannot be changed while it runs. */
  change?: z.ZodType;
  /** Flags behind `crescendo run PROCEDURE`, one example a line. */
  examples: readonly string[];
  /** A whole input, to be pasted into the Temporal UI. */
  json: object;
}

/** Keeps the type of the input in one place; outside of its file a definition takes any checked request. */
export const define = <R extends Request>(definition: Definition<R>): Definition =>
  definition as unknown as Definition;
