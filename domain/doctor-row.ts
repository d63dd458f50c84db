/** One finding of the doctor. `unknown` is never `ok`: what could not be looked at is said. */
export interface DoctorRow {
  check: string;
  state: 'ok' | 'warn' | 'fail' | 'unknown';
  found: string;
  /** What to change, where something is to be changed. */
  change?: string;
}

const row =
  (state: DoctorRow['state']) =>
  (check: string, found: string, change?: string): DoctorRow => ({
    check,
    state,
    found,
    ...(change === undefined ? {} : { change }),
  });

export const ok = row('ok');
export const warn = row('warn');
export const fail = row('fail');
export const unclear = row('unknown');

/** Rows of a check that may throw: then the error is the finding, and the other checks go on. */
export async function lookAt(
  check: string,
  change: string,
  look: () => Promise<DoctorRow[]>,
): Promise<DoctorRow[]> {
  try {
    return await look();
  } catch (error) {
    return [fail(check, error instanceof Error ? error.message : String(error), change)];
  }
}
