import type { Replica } from '../../domain/observation.ts';
import { abortable, call, labels, type Engine } from './engine.ts';
import { readLines } from './lines.ts';
import { observe } from './observe.ts';

export interface ChangeOptions {
  timeoutMs: number;
  seen?: Readonly<Record<string, readonly Replica[]>>;
  signal?: AbortSignal;
}

/** Resolves at the first event of the services' containers (health, start, die, …), or after `timeoutMs`. */
export async function nextChange(
  engine: Engine,
  services: readonly string[],
  { timeoutMs, seen, signal }: ChangeOptions,
): Promise<void> {
  const done = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]);
  try {
    const events = await openEvents(engine, done);
    try {
      // Listening first, looking then: no change falls between the two.
      if (seen !== undefined && (await hasChanged(engine, services, seen, done))) return;
      for await (const line of readLines(events)) if (concerns(line, services)) return;
    } finally {
      events.destroy();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!done.aborted) throw error;
  }
  signal?.throwIfAborted();
}

async function openEvents({ docker, spec }: Engine, signal: AbortSignal) {
  const filters = JSON.stringify({ type: ['container'], label: [`${labels.project}=${spec.project}`] });
  const stream = await call(
    () => docker.getEvents({ filters: filters as never, ...abortable(signal) }),
    signal,
  );
  return stream as NodeJS.ReadableStream & { destroy(): void };
}

async function hasChanged(
  engine: Engine,
  services: readonly string[],
  seen: Readonly<Record<string, readonly Replica[]>>,
  signal: AbortSignal,
): Promise<boolean> {
  const now = await observe(engine, services, signal);
  return services.some((service) => pictureOf(now[service]) !== pictureOf(seen[service]));
}

const pictureOf = (replicas: readonly Replica[] = []): string =>
  replicas.map(({ id, state, health, restartCount }) => `${id} ${state} ${health} ${restartCount}`).join();

/** Not the exec events, of which a health check makes three. */
const telling = /^(create|start|die|destroy|restart|pause|unpause|health_status)/;

function concerns(line: string, services: readonly string[]): boolean {
  const { Action, Actor } = JSON.parse(line) as {
    Action: string;
    Actor: { Attributes: Record<string, string> };
  };
  return telling.test(Action) && services.includes(Actor.Attributes[labels.service] ?? '');
}
