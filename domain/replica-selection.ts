import type { Replica } from './observation.ts';

/**
 * Replicas that go when a service shrinks to `target`, in the order in which they go: first those that do not run, then the
 * newest (highest number). One exception: the last healthy one stays when only unhealthy ones would be left.
 */
export function replicasToRemove(replicas: readonly Replica[], target: number): Replica[] {
  const inOrder = replicas.toSorted((a, b) => Number(runs(a)) - Number(runs(b)) || b.number - a.number);
  const count = Math.max(0, replicas.length - Math.max(0, target));
  const going = inOrder.slice(0, count);
  const staying = inOrder.slice(count);
  const spared = going.findLast(serves);
  const instead = staying[0];
  if (spared === undefined || instead === undefined || staying.some(serves)) return going;
  return [...going.filter((replica) => replica !== spared), instead];
}

/** The others, sorted by number. */
export function replicasToKeep(replicas: readonly Replica[], target: number): Replica[] {
  const going = new Set(replicasToRemove(replicas, target));
  return replicas.filter((replica) => !going.has(replica)).toSorted((a, b) => a.number - b.number);
}

const runs = ({ state }: Replica): boolean => state === 'running' || state === 'restarting';
const serves = ({ state, health }: Replica): boolean =>
  state === 'running' && (health === 'healthy' || health === 'none');

/**
 * Numbers for `count` new replicas: the lowest that are free. Compose itself counts on from the highest; with the lowest two
 * attempts that overlap, and a retry that finds gaps, arrive at the same names instead of at more replicas.
 */
export function freeNumbers(replicas: readonly Replica[], count: number): number[] {
  const taken = new Set(replicas.map(({ number }) => number));
  const numbers: number[] = [];
  for (let number = 1; numbers.length < count; number += 1) if (!taken.has(number)) numbers.push(number);
  return numbers;
}
