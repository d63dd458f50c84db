import type { Replica, ReplicaHealth } from '../../domain/observation.ts';
import { deadlineAfter } from './deadline.ts';
import { abortable, asUnavailable, call, labels, type Engine } from './engine.ts';
import { readLines } from './lines.ts';
import { listAll, stateOf } from './observe.ts';

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
  const deadline = deadlineAfter(timeoutMs, signal);
  try {
    const events = await openEvents(engine, deadline.signal);
    try {
      // Listening first, looking then: no change falls between the two.
      if (seen !== undefined && (await hasChanged(engine, services, seen, deadline.signal))) return;
      for await (const line of readLines(events)) if (concerns(line, services)) return;
    } finally {
      events.destroy();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!deadline.hasPassed()) throw asUnavailable(error);
  } finally {
    deadline.clear();
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

/** One request: there may be many replicas and many events. */
async function hasChanged(
  engine: Engine,
  services: readonly string[],
  seen: Readonly<Record<string, readonly Replica[]>>,
  signal: AbortSignal,
): Promise<boolean> {
  const now = await listAll(engine, services, signal);
  const before = services.flatMap((service) => seen[service] ?? []);
  return (
    pictureOf(
      now.map(({ Id, State, Status }) => ({ id: Id, state: stateOf(State), health: healthIn(Status) })),
    ) !== pictureOf(before)
  );
}

const pictureOf = (replicas: readonly Pick<Replica, 'id' | 'state' | 'health'>[]): string =>
  replicas
    .map(({ id, state, health }) => `${id} ${state} ${state === 'running' ? health : ''}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join();

/** The list tells of health in a sentence only: `Up 2 seconds (health: starting)`. */
const healthIn = (status: string): ReplicaHealth => {
  const [, said] = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status) ?? [];
  return (said as ReplicaHealth | undefined) ?? 'none';
};

/** Not the exec events, of which a health check makes three. */
const telling = /^(create|start|die|destroy|restart|pause|unpause|health_status)/;

function concerns(line: string, services: readonly string[]): boolean {
  const { Action, Actor } = JSON.parse(line) as {
    Action: string;
    Actor: { Attributes: Record<string, string> };
  };
  return telling.test(Action) && services.includes(Actor.Attributes[labels.service] ?? '');
}
