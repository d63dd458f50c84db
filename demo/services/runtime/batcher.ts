export interface Batcher<T> {
  /** Resolves when the batch that holds the item was written; rejects when that failed. */
  add: (item: T) => Promise<void>;
  /** Writes what is there and waits for it. */
  flush: () => Promise<void>;
}

interface Entry<T> {
  item: T;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** Gathers items for `lingerMs` (or until there are `size`), so that many of them share one round trip. */
export const createBatcher = <T>(
  write: (items: T[]) => Promise<void>,
  options: { lingerMs: number; size: number },
): Batcher<T> => {
  let entries: Entry<T>[] = [];
  let timer: NodeJS.Timeout | undefined;
  const inFlight = new Set<Promise<void>>();

  const writeNow = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (entries.length === 0) return;
    const batch = entries;
    entries = [];
    const written = write(batch.map(({ item }) => item)).then(
      () => batch.forEach(({ resolve }) => resolve()),
      (error: unknown) => batch.forEach(({ reject }) => reject(error)),
    );
    inFlight.add(written);
    void written.finally(() => inFlight.delete(written));
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        entries.push({ item, resolve, reject });
        if (entries.length >= options.size) writeNow();
        else timer ??= setTimeout(writeNow, options.lingerMs);
      }),
    flush: async () => {
      writeNow();
      await Promise.all(inFlight);
    },
  };
};
