const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A moment in the ISO form with its offset, as it was written. Throws with an example for anything else. */
export function parseInstant(text: string): string {
  if (form.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new Error(`"${text}" is not a date with its offset (for example 2026-12-01T20:00:00+01:00)`);
}
