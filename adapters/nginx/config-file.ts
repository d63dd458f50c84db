import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import type { Platform } from '../../platforms/platform.ts';

/** One nginx replica and how it is reached. */
export interface Balancer {
  platform: Platform;
  spec: LoadBalancerSpec;
  /** Name of the replica that runs nginx. */
  name: string;
  signal: AbortSignal | undefined;
}

/** A file inside the replica, `undefined` when it is not there. */
export const readConfig = async (
  { platform, name, signal }: Balancer,
  path: string,
): Promise<string | undefined> => {
  try {
    return await platform.readFile(name, path, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof CrescendoError)) throw error;
    // Drivers differ in how they say "no such file": the replica itself is asked.
    const there = await platform.exec(
      name,
      ['test', '-e', path],
      signal === undefined ? { timeoutMs: 5_000 } : { timeoutMs: 5_000, signal },
    );
    if (there.exitCode === 0) throw error;
    return undefined;
  }
};
