/** How a procedure ended. */
export type Outcome =
  'completed' | 'no_change' | 'held' | 'rolled_back' | 'partially_rolled_back' | 'rejected' | 'failed';

/** Exit code of the CLI for each outcome. */
export const exitCodeOf: Readonly<Record<Outcome, number>> = {
  completed: 0,
  no_change: 0,
  failed: 1,
  rolled_back: 3,
  partially_rolled_back: 4,
  held: 5,
  rejected: 8,
};
/** Exit codes that stand for something other than an outcome. */
export const exitCodes = { badInput: 2, waitsForApproval: 6, leaseHeld: 7 } as const;
