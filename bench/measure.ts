export interface BenchOptions {
  rounds: number;
  progress: (text: string) => void;
}

/** What a benchmark measured, and whether what it shows holds. */
export interface BenchEnd {
  holds: boolean;
  facts: Record<string, number>;
}

/**
 * Times each contestant once a round, interleaved, in an order that turns with the rounds, so that a machine that gets
 * slower or faster hits all of them alike. Gives the median of each in ms.
 */
export async function alternate<Name extends string>(
  rounds: number,
  progress: (text: string) => void,
  reset: () => Promise<void>,
  contestants: Record<Name, () => Promise<void>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const startedAtMs = performance.now();
      await contestants[name]();
      times[name].push(performance.now() - startedAtMs);
      await reset();
    }
    const last = names.map((name) => `${name} ${times[name].at(-1)?.toFixed(0)} ms`);
    progress(`round ${round + 1} of ${rounds}: ${last.join(', ')}`);
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
