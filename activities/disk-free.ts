import { known, unknown, type Reading } from '../domain/reading.ts';
import type { Platform } from '../platforms/platform.ts';
import { reasonOf } from './reason.ts';

/** Free on the disk that the volumes of the host lie on. */
export const diskFree = async (
  { platform }: { platform: Platform },
  signal: AbortSignal,
): Promise<Reading> => {
  try {
    const { freeBytes } = await platform.storage(signal);
    return typeof freeBytes === 'number' ? known(freeBytes, 'the platform') : freeBytes;
  } catch (error) {
    return unknown(reasonOf(error, signal), 'the platform');
  }
};
