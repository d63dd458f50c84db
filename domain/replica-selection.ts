import type { Replica } from './observation.ts';

/** Replicas that go when a service shrinks to `target`: newest first, that is the highest numbers. */
export function replicasToRemove(replicas: readonly Replica[], target: number): Replica[] {
  const newestFirst = replicas.toSorted((a, b) => b.number - a.number);
  return newestFirst.slice(0, Math.max(0, replicas.length - Math.max(0, target)));
}

/** Numbers for `count` new replicas: the lowest free ones, as Compose gives them. */
export function freeNumbers(replicas: readonly Replica[], count: number): number[] {
  const taken = new Set(replicas.map(({ number }) => number));
  const numbers: number[] = [];
  for (let number = 1; numbers.length < count; number += 1) if (!taken.has(number)) numbers.push(number);
  return numbers;
}
