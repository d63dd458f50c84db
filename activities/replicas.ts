import type { Replica } from '../domain/observation.ts';
import { replicasToKeep } from '../domain/replica-selection.ts';
import type { Platform } from '../platforms/platform.ts';

/** Replicas of one service, sorted by number. */
export const replicasOf = async (
  platform: Platform,
  service: string,
  signal: AbortSignal,
): Promise<Replica[]> => (await platform.observe([service], signal))[service] ?? [];

/** Exists and is meant to run: running or on the way. One that has exited is not. */
export const isPresent = ({ state }: Replica): boolean => state !== 'exited';

/** The `count` running replicas that stay when the service shrinks to that number: by the rule that removal goes by. */
export const oldestRunning = (replicas: readonly Replica[], count: number): Replica[] =>
  replicasToKeep(
    replicas.filter(({ state }) => state === 'running'),
    count,
  );
