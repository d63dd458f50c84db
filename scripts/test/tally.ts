/** What came of some tests. */
export interface Tally {
  passed: number;
  /** Their names. */
  failed: string[];
  skipped: { name: string; reason: string }[];
  /** Passed at a second try: to be looked at, although nothing failed. */
  secondTry?: string[];
}

export const merge = (tallies: Tally[]): Tally => ({
  passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
  failed: tallies.flatMap(({ failed }) => failed),
  skipped: tallies.flatMap(({ skipped }) => skipped),
  secondTry: tallies.flatMap(({ secondTry = [] }) => secondTry),
});

/** The last line of every run. */
export const verdict = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed.length} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`;

/** Nothing failed, and something passed: a run without tests proves nothing. */
export const holds = ({ passed, failed }: Tally): boolean => failed.length === 0 && passed > 0;
