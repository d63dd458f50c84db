/** Where the image of the runbook keeps them, and others by default. */
const usualFolder = '/var/lib/kafka/data';

/** Folders in which a broker with these settings keeps its partitions. */
export const logFolders = (settings: Readonly<Record<string, string>>): string[] => {
  const named = (settings['KAFKA_LOG_DIRS'] ?? '').split(',');
  const folders = named.map((folder) => folder.trim()).filter((folder) => folder.startsWith('/'));
  return folders.length === 0 ? [usualFolder] : folders;
};

/** The fullest of the disks that `df -P` tells of, as a ratio. */
export const fullestDisk = (df: string): number | undefined => {
  const ratios = [...df.matchAll(/\s(\d+)%/g)].map(([, percent]) => Number(percent) / 100);
  return ratios.length === 0 ? undefined : Math.max(...ratios);
};

/** Bytes by partition (`message-events-3`), out of what `du -k -d 1` prints of log folders. */
export const partitionSizes = (du: string): Record<string, number> =>
  Object.fromEntries(
    du.split('\n').flatMap((line) => {
      const [, kilobytes = '', name = ''] = /^(\d+)\s+.*\/([^/]+-\d+)$/.exec(line) ?? [];
      return name === '' ? [] : [[name, Number(kilobytes) * 1_024]];
    }),
  );

/** What brokers say of one partition: its largest copy is the one that is copied. */
export const largestSizes = (seen: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const sizes: Record<string, number> = {};
  for (const one of seen)
    for (const [name, bytes] of Object.entries(one)) sizes[name] = Math.max(sizes[name] ?? 0, bytes);
  return sizes;
};
