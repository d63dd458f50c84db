export interface PartitionLag {
  partition: number;
  lagMessages: number;
}

/**
 * Messages between what a group has confirmed and the end of each partition. Where the group has confirmed nothing, or retention has
 * removed what it had confirmed, it counts from the earliest message that is still there: nobody has said that those were
 * worked on, and a figure that is too high asks for a look, where one that is too low hides a group that does not work at all.
 */
export const lagOf = (
  committed: readonly { partition: number; offset: string }[],
  ends: readonly { partition: number; low: string; high: string }[],
): PartitionLag[] =>
  ends
    .map(({ partition, low, high }) => {
      const offset = Number(committed.find((entry) => entry.partition === partition)?.offset ?? -1);
      // Kafka answers -1 for "none".
      return { partition, lagMessages: Math.max(0, Number(high) - Math.max(offset, Number(low))) };
    })
    .toSorted((a, b) => a.partition - b.partition);
