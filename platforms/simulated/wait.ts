import type { Replica } from '../../domain/observation.ts';
import type { Platform } from '../platform.ts';
import type { Clock } from './clock.ts';
import { stepMs } from './model.ts';

interface Watched {
  observe: Platform['observe'];
  clock: Clock;
  /** Aborts at the next write. */
  woken: () => AbortSignal;
}

/** Looks at each step of the simulation, and at each write, until something differs. */
export async function waitForChange(
  { observe, clock, woken }: Watched,
  services: readonly string[],
  options: {
    timeoutMs: number;
    seen?: Readonly<Record<string, readonly Replica[]>>;
    signal?: AbortSignal;
  },
): Promise<void> {
  const { timeoutMs, signal } = options;
  const until = clock.nowMs() + timeoutMs;
  const before = pictureOf(services, options.seen ?? (await observe(services, signal)));
  while (pictureOf(services, await observe(services, signal)) === before) {
    const leftMs = until - clock.nowMs();
    if (leftMs <= 0) return;
    const early = AbortSignal.any([woken(), ...(signal === undefined ? [] : [signal])]);
    try {
      await clock.sleep(Math.min(leftMs, stepMs), early);
    } catch (error) {
      signal?.throwIfAborted();
      if (!early.aborted) throw error;
    }
  }
}

const pictureOf = (
  services: readonly string[],
  observed: Readonly<Record<string, readonly Replica[]>>,
): string =>
  services
    .flatMap((service) => observed[service] ?? [])
    .map(({ id, state, health, restartCount }) => `${id} ${state} ${health} ${restartCount}`)
    .join();
