import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Engine } from './engine.ts';
import { inspectAll, nameOf, type Container } from './observe.ts';

/** Where the container that ran before waits, stopped, until the change has proved itself. */
export const beforeSuffix = '-before';
/** Where its successor is made, while the other still runs. */
export const nextSuffix = '-next';

const isBefore = (container: Container): boolean => nameOf(container).endsWith(beforeSuffix);
const isNext = (container: Container): boolean => nameOf(container).endsWith(nextSuffix);

/** It shares its volumes with one that runs: it is started by nobody but the replacing itself. */
export const isWaiting = (container: Container): boolean => isBefore(container) || isNext(container);

/** The containers of a service that keeps data, while one takes the place of the other. */
export interface Places {
  before: Container | undefined;
  current: Container | undefined;
  next: Container | undefined;
}

/** Throws NotScalable where more than one runs. */
export async function placesOf(engine: Engine, service: string, signal?: AbortSignal): Promise<Places> {
  const found = await inspectAll(engine, [service], signal);
  const before = found.find((container) => isBefore(container));
  const next = found.find((container) => isNext(container));
  const others = found.filter((container) => container !== before && container !== next);
  if (others.length > 1)
    throw new CrescendoError(
      'NotScalable',
      `${service} has ${others.length} containers; one that keeps data is replaced one at a time`,
      { service },
    );
  return { before, current: others[0], next };
}

export const isThere = <T>(value: T | undefined): value is T => value !== undefined;
