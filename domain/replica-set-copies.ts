/** Documents by `database.collection`. */
export type Counts = Readonly<Record<string, number>>;

/**
 * What a copy lacks, as sentences. The original was counted before and after the copy was, since it is written meanwhile: the copy must lie in
 * between, for each collection that was there both times.
 */
export const missingDocuments = ({
  before,
  after,
  copy,
}: {
  before: Counts;
  after: Counts;
  copy: Counts;
}): string[] =>
  Object.entries(before).flatMap(([collection, first]) => {
    const last = after[collection];
    if (last === undefined) return [];
    const there = copy[collection] ?? 0;
    if (there >= Math.min(first, last) && there <= Math.max(first, last)) return [];
    return [
      `${collection} has ${there} documents, ${first === last ? first : `${first} to ${last}`} in the original`,
    ];
  });
