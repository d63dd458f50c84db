import type { Resources } from '../../domain/observation.ts';
import { randomOf } from './random.ts';
import { createReplica, isServing, step as stepReplica, type SimulatedReplica } from './replica.ts';

/** One service of the simulation. Work is requests, or messages of a consumer group. */
export interface SimulatedService {
  replicas: number;
  limits: Required<Resources>;
  /** What one replica carries at 70 % CPU, as in the catalog. */
  capacityPerMinute: number;
  /** Messages wait in this consumer group for as long as it takes. Requests fail when they have waited `patienceMs`. */
  group?: string;
  /** Work that comes from outside. */
  loadPerMinute?: number;
  /** Pieces of work that each piece causes at other services. */
  feeds?: Readonly<Record<string, number>>;
  /** Of one piece of work on an idle replica. */
  serviceMs?: number;
  startUpMs?: number;
  patienceMs?: number;
}

/** What goes wrong with replicas that start from now on, or with all of them. */
export type Fault =
  { kind: 'slow_start'; startUpMs: number } | { kind: 'crash_on_start' } | { kind: 'unhealthy' };

/** What happened in one service in one step of the simulation. */
export interface Step {
  atMs: number;
  done: number;
  failed: number;
  /** Pieces that wait at its end. */
  waiting: number;
  /** Share of the CPU that was in use, 0 to 1. */
  busy: number;
  /** What the slower pieces of this step took. */
  latencyMs: number;
}

export interface ServiceState {
  name: string;
  spec: SimulatedService;
  loadPerMinute: number;
  replicas: SimulatedReplica[];
  waiting: number;
  /** Fed by other services in the step before. */
  fed: number;
  fault?: Fault;
  steps: Step[];
  random: () => number;
  highestToken: number;
}

export interface Model {
  /** Everything is computed up to here. */
  atMs: number;
  services: Map<string, ServiceState>;
  /** Replicas made so far. */
  made: number;
}

export const stepMs = 100;
/** The catalog's capacity is measured at this share of the CPU. */
const capacityAt = 0.7;
const rememberedSteps = 6_000;

export function createModel(
  services: Readonly<Record<string, SimulatedService>>,
  { seed, nowMs, project }: { seed: number; nowMs: number; project: string },
): Model {
  let made = 0;
  const idOf = (): string => `replica-${(made += 1)}`;
  const states = Object.entries(services).map(([name, spec]): [string, ServiceState] => {
    const numbers = Array.from({ length: spec.replicas }, (_, at) => at + 1);
    const make = { service: name, project, limits: spec.limits, startUpMs: 0, nowMs };
    const state: ServiceState = {
      name,
      spec,
      loadPerMinute: spec.loadPerMinute ?? 0,
      replicas: numbers.map((number) => createReplica({ ...make, id: idOf(), number, started: true })),
      waiting: 0,
      fed: 0,
      steps: [],
      random: randomOf(seed, name),
      highestToken: 0,
    };
    return [name, state];
  });
  return { atMs: nowMs, services: new Map(states), made };
}

/** Lets time pass, in steps that do not depend on how often it is called: the same seed gives the same course. */
export function advance(model: Model, toMs: number): void {
  while (model.atMs + stepMs <= toMs) {
    model.atMs += stepMs;
    const fed = new Map<string, number>();
    for (const state of model.services.values()) {
      for (const replica of state.replicas) stepReplica(replica, model.atMs, state.fault);
      const { done } = work(state, model.atMs);
      for (const [to, share] of Object.entries(state.spec.feeds ?? {}))
        fed.set(to, (fed.get(to) ?? 0) + done * share);
    }
    for (const state of model.services.values()) state.fed = fed.get(state.name) ?? 0;
  }
}

/** One step of a fluid queue: what arrives waits, what can be done is done, what waits too long fails. */
function work(state: ServiceState, atMs: number): Step {
  const { spec, loadPerMinute } = state;
  const jitter = 0.95 + 0.1 * state.random();
  const arrived = (loadPerMinute * jitter * stepMs) / 60_000 + state.fed;
  const capacity = capacityOf(state, atMs) * stepMs;
  const wanted = state.waiting + arrived;
  const done = Math.min(wanted, capacity);
  const patience = spec.group === undefined ? capacity * ((spec.patienceMs ?? 10_000) / stepMs) : Infinity;
  const failed = Math.max(0, wanted - done - patience);
  state.waiting = wanted - done - failed;
  const busy = capacity === 0 ? 0 : done / capacity;
  const step: Step = {
    atMs,
    done,
    failed,
    waiting: state.waiting,
    busy,
    latencyMs: latencyOf(state, capacity, busy),
  };
  state.steps.push(step);
  if (state.steps.length > 2 * rememberedSteps) state.steps.splice(0, rememberedSteps);
  return step;
}

/** Pieces per ms of all replicas that serve, by the CPU that each of them has. */
export function capacityOf({ spec, replicas }: ServiceState, atMs: number): number {
  const cpus = replicas
    .filter((replica) => isServing(replica, atMs))
    .reduce((sum, { limits }) => sum + (limits.cpus ?? spec.limits.cpus), 0);
  return (cpus / spec.limits.cpus) * (spec.capacityPerMinute / capacityAt / 60_000);
}

/** The time in the queue, and on top the work itself, which takes longer the busier the replicas are. */
function latencyOf({ spec, waiting, random }: ServiceState, capacity: number, busy: number): number {
  const queueMs = capacity === 0 ? (spec.patienceMs ?? 10_000) : (waiting / capacity) * stepMs;
  const crowding = 1 + busy / (1 - Math.min(busy, 0.9));
  return queueMs + (spec.serviceMs ?? 40) * crowding * (0.95 + 0.1 * random());
}
