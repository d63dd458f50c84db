/** Documents by `database.collection`. */
export type Counts = Readonly<Record<string, number>>;

/**
 * What a copy lacks, as sentences. The original is written all the time, so it was counted before and after the copy was, and maybe more often:
 * the copy must lie between the least and the most, for each collection that is there the last two times.
 * @param originals counts of the original, oldest first: the last but one before the copy was counted, the last after it
 */
export const missingDocuments = (originals: readonly Counts[], copy: Counts): string[] => {
  const [before = {}, after = {}] = originals.slice(-2);
  return Object.keys(before)
    .filter((collection) => after[collection] !== undefined)
    .flatMap((collection) => {
      const counted = originals.flatMap((counts) => counts[collection] ?? []);
      const [least, most] = [Math.min(...counted), Math.max(...counted)];
      const there = copy[collection] ?? 0;
      if (there >= least && there <= most) return [];
      const wanted = least === most ? String(least) : `${least} to ${most}`;
      return [`${collection} has ${there} documents, ${wanted} in the original`];
    });
};
