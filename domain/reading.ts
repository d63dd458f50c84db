/**
 * One measured value, or the reason why it could not be had. A reading that could not be had is `unknown`, never 0:
 * rules must decide what to do without it (no metric, no scale-down; scale-up by what is still known).
 */
export type Reading =
  { known: true; value: number; source: string } | { known: false; reason: string; source: string };

export const known = (value: number, source: string): Reading => ({ known: true, value, source });
export const unknown = (reason: string, source: string): Reading => ({ known: false, reason, source });

/** The value, or `undefined` when the reading is unknown. */
export const valueOf = (reading: Reading | undefined): number | undefined =>
  reading?.known === true ? reading.value : undefined;
