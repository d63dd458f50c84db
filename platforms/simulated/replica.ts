import type { Replica, ReplicaHealth, ReplicaState, Resources } from '../../domain/observation.ts';
import type { LogLine } from '../platform.ts';
import type { Fault } from './model.ts';

/** One simulated replica: it is created, starts, is healthy after its start-up, or crashes on the way. */
export interface SimulatedReplica {
  id: string;
  name: string;
  service: string;
  number: number;
  limits: Resources;
  state: ReplicaState;
  createdAtMs: number;
  startedAtMs: number;
  /** When its start-up is over. */
  readyAtMs: number;
  isReady: boolean;
  isSick: boolean;
  restartCount: number;
  operationId?: string;
  log: LogLine[];
  files: Map<string, string>;
}

export interface NewReplica {
  id: string;
  service: string;
  project: string;
  number: number;
  limits: Resources;
  startUpMs: number;
  nowMs: number;
  /** Was there before the simulation. */
  started?: boolean;
  operationId?: string;
}

export function createReplica(wanted: NewReplica): SimulatedReplica {
  const { id, service, project, number, limits, startUpMs, nowMs, started = false, operationId } = wanted;
  const replica: SimulatedReplica = {
    id,
    name: `${project}-${service}-${number}`,
    service,
    number,
    limits: { ...limits },
    state: 'created',
    createdAtMs: nowMs,
    startedAtMs: 0,
    readyAtMs: 0,
    isReady: false,
    isSick: false,
    restartCount: 0,
    ...(operationId === undefined ? {} : { operationId }),
    log: [],
    files: new Map(),
  };
  startReplica(replica, nowMs, startUpMs);
  if (started) step(replica, nowMs);
  return replica;
}

export function startReplica(replica: SimulatedReplica, nowMs: number, startUpMs: number): void {
  if (replica.state === 'running') return;
  replica.state = 'running';
  replica.startedAtMs = nowMs;
  replica.readyAtMs = nowMs + startUpMs;
  replica.isReady = false;
}

export function stopReplica(replica: SimulatedReplica): void {
  replica.state = 'exited';
  replica.isReady = false;
}

/** What becomes of it at this moment. */
export function step(replica: SimulatedReplica, atMs: number, fault?: Fault): void {
  if (replica.state !== 'running') return;
  replica.isSick = fault?.kind === 'unhealthy';
  if (replica.isReady || atMs < replica.readyAtMs) return;
  if (fault?.kind === 'crash_on_start') {
    say(replica, atMs, `java.lang.IllegalStateException: ${replica.service} cannot start`);
    stopReplica(replica);
    return;
  }
  replica.isReady = true;
  const seconds = ((replica.readyAtMs - replica.startedAtMs) / 1_000).toFixed(3);
  say(replica, replica.readyAtMs, `Started ${replica.service} in ${seconds} seconds`);
}

const say = ({ name, log }: SimulatedReplica, atMs: number, text: string): void => {
  log.push({ replica: name, atMs, text });
};

export const isServing = ({ state, isReady, isSick, readyAtMs }: SimulatedReplica, atMs: number): boolean =>
  state === 'running' && isReady && !isSick && atMs >= readyAtMs;

export function observedOf(replica: SimulatedReplica): Replica {
  const { id, name, service, number, state, createdAtMs, restartCount, limits, operationId } = replica;
  return {
    id,
    name,
    service,
    number,
    state,
    health: healthOf(replica),
    createdAtMs,
    restartCount,
    address: name,
    limits: { ...limits },
    ...(operationId === undefined ? {} : { operationId }),
  };
}

function healthOf({ state, isReady, isSick }: SimulatedReplica): ReplicaHealth {
  if (state !== 'running' || !isReady) return 'starting';
  return isSick ? 'unhealthy' : 'healthy';
}
