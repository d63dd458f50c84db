import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { HostObservation } from '../../domain/observation.ts';
import { known, unknown } from '../../domain/reading.ts';
import type { Platform } from '../platform.ts';
import * as changes from './changes.ts';
import { realClock, type Clock } from './clock.ts';
import { linesOf } from './log.ts';
import { advance, createModel, type Fault, type ServiceState, type SimulatedService } from './model.ts';
import { readingsOf, usageOf, type SimulatedReadings } from './readings.ts';
import { observedOf } from './replica.ts';
import { runProgram } from './programs.ts';
import { waitForChange } from './wait.ts';

export { realClock, skippingClock, type Clock } from './clock.ts';
export type { Fault, SimulatedService } from './model.ts';
export type { SimulatedReadings } from './readings.ts';

export interface SimulatedPlatformOptions {
  services: Readonly<Record<string, SimulatedService>>;
  /** The same seed gives the same course. */
  seed?: number;
  project?: string;
  clock?: Clock;
  host?: { cpus: number; memoryBytes: number };
}

export interface SimulatedPlatform extends Platform {
  readonly kind: 'simulated';
  readonly clock: Clock;
  /** Work that comes to the service from outside, from now on. */
  setLoad(service: string, perMinute: number): void;
  /** What goes wrong from now on; `undefined` ends it. */
  setFault(service: string, fault: Fault | undefined): void;
  /** What the metrics of a service say over the last `windowMs`. */
  readings(service: string, windowMs: number): SimulatedReadings;
}

/**
 * A platform that is computed: replicas that start, queues that fill and drain, CPU and latency that follow. For rehearsals and for
 * tests; with a clock that skips, hours take no time.
 */
export function createSimulatedPlatform(options: SimulatedPlatformOptions): SimulatedPlatform {
  const { clock = realClock, seed = 1, project = 'simulated' } = options;
  const room = options.host ?? { cpus: 16, memoryBytes: 64 * 1024 ** 3 };
  const model = createModel(options.services, { seed, nowMs: clock.nowMs(), project });
  let wake = new AbortController();

  /** Everything is up to date when it is looked at or changed. */
  const now = (signal?: AbortSignal) => {
    signal?.throwIfAborted();
    advance(model, clock.nowMs());
    return model;
  };
  const stateOf = (service: string): ServiceState => {
    const state = now().services.get(service);
    if (state === undefined) throw new CrescendoError('UnknownService', `there is no service ${service}`);
    return state;
  };
  const changed = <T>(result: T): T => {
    wake.abort();
    wake = new AbortController();
    return result;
  };
  const observe: Platform['observe'] = async (services, signal) => {
    const { services: states } = now(signal);
    const names = services ?? [...states.keys()];
    return Object.fromEntries(
      names.map((name) => [name, (states.get(name)?.replicas ?? []).map(observedOf)]),
    );
  };

  return {
    kind: 'simulated',
    clock,
    observe,
    host: async (signal) => hostOf(room, [...now(signal).services.values()]),
    storage: async (signal) => {
      now(signal);
      return { freeBytes: known(100 * 1024 ** 3, 'simulation'), use: [] };
    },
    prune: async () => [],
    stats: async (services, { windowMs, signal }) => {
      const states = services.flatMap((name) => now(signal).services.get(name) ?? []);
      const running = states.flatMap((state) =>
        state.replicas
          .filter((replica) => replica.state === 'running')
          .map((replica) => [replica.name, usageOf(state, replica, model.atMs, windowMs)] as const),
      );
      return Object.fromEntries(running);
    },
    scale: async (request, context) => changed(changes.scale(now(context.signal), project, request, context)),
    restart: async (replica, _options, context) =>
      changed(changes.restart(now(context.signal), replica, context)),
    stopReplica: async (replica, _options, context) =>
      changed(changes.stopOne(now(context.signal), replica, context)),
    stop: async (service, _options, context) => changed(changes.stop(now(context.signal), service, context)),
    start: async (service, context) => changed(changes.start(now(context.signal), service, context)),
    resize: async (service, resources, context) =>
      changed(changes.resize(now(context.signal), service, resources, context)),
    nextChange: (services, wait) =>
      waitForChange({ observe, clock, woken: () => wake.signal }, services, wait),
    logs: async (name, query, signal) => {
      const replica = changes.findReplica(now(signal), name);
      return linesOf(stateOf(replica.service), replica, query);
    },
    exec: async (name, argv, { signal } = {}) => {
      changes.findReplica(now(signal), name);
      return runProgram(argv);
    },
    readFile: async (name, path, signal) => {
      const content = changes.findReplica(now(signal), name).files.get(path);
      if (content === undefined) throw new CrescendoError('FileNotFound', `${path} is not in ${name}`);
      return content;
    },
    writeFile: async (name, path, content, signal) => {
      changes.findReplica(now(signal), name).files.set(path, content);
    },
    editDefinition: async ({ edits }) => [
      `no file to edit for ${Object.keys(edits).join(', ')}: it is simulated`,
    ],
    restoreDefinition: async () => ['no file to restore: it is simulated'],
    compareDefinition: async () => ({ own: [], foreign: [] }),
    outdated: async () => [],
    renew: async () => [],
    describe: async () => Promise.reject(notSimulated('a database')),
    replace: async () => Promise.reject(notSimulated('replacing a container')),
    putBack: async () => Promise.reject(notSimulated('replacing a container')),
    removeReplaced: async () => [],
    taken: async ({ services }, signal) => ({
      services: Object.fromEntries(
        services.filter((name) => now(signal).services.has(name)).map((name) => [name, null]),
      ),
      volumes: [],
    }),
    addServices: async () => Promise.reject(notSimulated('adding services')),
    removeServices: async () => Promise.reject(notSimulated('removing services')),
    obstacles: async (services, signal) => {
      const { services: states } = now(signal);
      return services
        .filter((service) => !states.has(service))
        .map((service) => ({
          service,
          kind: 'not_deployed' as const,
          message: `${service} is not simulated`,
          remedy: 'correct the name in the catalog',
        }));
    },
    close: async () => {},
    setLoad: (service, perMinute) => {
      stateOf(service).loadPerMinute = perMinute;
    },
    setFault: (service, fault) => {
      const state = stateOf(service);
      if (fault === undefined) delete state.fault;
      else state.fault = fault;
    },
    readings: (service, windowMs) => readingsOf(stateOf(service), model.atMs, windowMs),
  };
}

const notSimulated = (what: string): CrescendoError =>
  new CrescendoError('NotScalable', `${what} is not simulated`);

function hostOf(
  room: { cpus: number; memoryBytes: number },
  services: readonly ServiceState[],
): HostObservation {
  const running = services.flatMap(({ replicas }) => replicas.filter(({ state }) => state === 'running'));
  const memoryBytes = running.reduce((sum, { limits }) => sum + (limits.memoryBytes ?? 0), 0);
  const notSummed = unknown('not summed up', 'simulation');
  return {
    ...room,
    reservedCpus: notSummed,
    reservedMemoryBytes: notSummed,
    availableMemoryBytes: known(Math.max(0, room.memoryBytes - memoryBytes), 'simulation'),
  };
}
