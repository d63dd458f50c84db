import type { LoadBalancerSpec } from '../../domain/catalog.ts';
import { CrescendoError } from '../../domain/crescendo-error.ts';
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
    if (error instanceof CrescendoError && error.type === 'FileNotFound') return undefined;
    throw error;
  }
};
