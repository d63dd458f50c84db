import type { Replica, ReplicaUsage } from './observation.ts';
import { known, unknown, valueOf, type Reading } from './reading.ts';

/** Use of a replica of which nothing could be measured. */
export const unknownUsage = (reason: string): ReplicaUsage => ({
  cpuOfLimit: unknown(reason, 'stats'),
  memoryOfLimit: unknown(reason, 'stats'),
  cpus: unknown(reason, 'stats'),
  memoryBytes: unknown(reason, 'stats'),
});

/**
 * What the running replicas may take of the hosts: the sum of their limits, and for one without a limit what it uses. Unknown as soon as the
 * use of one without a limit is.
 */
export const reservedOf = (
  replicas: readonly Replica[],
  usageOf: (name: string) => ReplicaUsage,
): { reservedCpus: Reading; reservedMemoryBytes: Reading } => {
  const running = replicas.filter(({ state }) => state === 'running');
  return {
    reservedCpus: sumOf(running, ({ limits, name }) => limits.cpus ?? valueOf(usageOf(name).cpus)),
    reservedMemoryBytes: sumOf(
      running,
      ({ limits, name }) => limits.memoryBytes ?? valueOf(usageOf(name).memoryBytes),
    ),
  };
};

const sumOf = (replicas: readonly Replica[], shareOf: (replica: Replica) => number | undefined): Reading => {
  const source = 'limits of the running replicas';
  let sum = 0;
  for (const replica of replicas) {
    const share = shareOf(replica);
    if (share === undefined)
      return unknown(`${replica.name} has no limit and its use could not be read`, source);
    sum += share;
  }
  return known(sum, source);
};
