/** Lines that are the same but for their numbers, ids and times. */
export interface LineGroup {
  /** The line with every changing part put aside. */
  pattern: string;
  count: number;
  /** One line as it was written: the latest. */
  excerpt: string;
  /** Replicas that wrote it, sorted. */
  replicas: string[];
}

/** Checklist 4 and Post-Scaling Validation 2 of the runbook: `grep -i "error\|exception\|fatal"`. */
const trouble = /error|exception|fatal/i;

const timestamp = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g;
const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const hexId = /\b(?:0x[0-9a-f]+|(?=[0-9a-f]*\d)[0-9a-f]{8,})\b/gi;
const number = /\d+(?:\.\d+)*/g;

const secretValue =
  /((?:password|passwd|secret|token|api[-_]?key|authorization)["']?\s*[=:]\s*)(?:(?:bearer|basic)\s+)?["']?[^\s"',;]+/gi;
const secretInUrl = /(:\/\/[^\s:/@]+:)[^\s@/]+@/g;

/** The line with what looks like a secret blanked out: lines of a log end up in a history that many may read. */
export const redacted = (line: string): string =>
  line.replace(secretValue, '$1<redacted>').replace(secretInUrl, '$1<redacted>@');

/** The line without what differs from one occurrence to the next. */
export const patternOf = (line: string): string =>
  line
    .replace(timestamp, '<time>')
    .replace(uuid, '<id>')
    .replace(hexId, '<id>')
    .replace(number, '<n>')
    .replace(/\s+/g, ' ')
    .trim();

/** Lines with an error, an exception or something fatal, grouped by pattern, the most frequent first. */
export const groupTroubleLines = (lines: readonly { replica: string; text: string }[]): LineGroup[] => {
  const groups = new Map<string, LineGroup>();
  for (const { replica, text } of lines) {
    if (!trouble.test(text)) continue;
    const pattern = patternOf(text);
    const group = groups.get(pattern);
    groups.set(pattern, {
      pattern,
      count: (group?.count ?? 0) + 1,
      excerpt: text.trim(),
      replicas: [...new Set([...(group?.replicas ?? []), replica])].toSorted(),
    });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count || (a.pattern < b.pattern ? -1 : 1));
};

/**
 * Lines per minute that contain the pattern. `lines` are the last ones of a replica, at most `limit` of them; when the limit cut
 * them, the rate is over the time that they span instead of the whole window. `undefined` when that span is too short to tell.
 */
export const matchingLinesPerMinute = (
  lines: readonly { atMs: number; text: string }[],
  { pattern, windowMs, nowMs, limit }: { pattern: string; windowMs: number; nowMs: number; limit: number },
): number | undefined => {
  const firstAtMs = lines[0]?.atMs ?? 0;
  const spanMs = lines.length >= limit && firstAtMs > 0 ? Math.min(windowMs, nowMs - firstAtMs) : windowMs;
  if (spanMs <= 0) return undefined;
  return (lines.filter(({ text }) => text.includes(pattern)).length / spanMs) * 60_000;
};
