import { CrescendoError } from '../../domain/crescendo-error.ts';
import { withChange, type LimitChange } from '../../domain/database-operation.ts';
import { freeNumbers, replicasToRemove } from '../../domain/replica-selection.ts';
import type { ScaleRequest, ScaleResult, WriteContext } from '../platform.ts';
import type { Model, ServiceState } from './model.ts';
import { usedBytes } from './readings.ts';
import { createReplica, observedOf, startReplica, stopReplica, type SimulatedReplica } from './replica.ts';

/** The service, for a write by this holder. @throws UnknownService, StaleFencingToken */
export function writable(model: Model, service: string, { fencingToken }: WriteContext): ServiceState {
  const state = model.services.get(service);
  if (state === undefined) throw new CrescendoError('UnknownService', `there is no service ${service}`);
  const { highestToken } = state;
  if (fencingToken < highestToken)
    throw new CrescendoError(
      'StaleFencingToken',
      `${service}: token ${fencingToken} is older than ${highestToken}`,
      { service, token: fencingToken, highest: highestToken },
    );
  state.highestToken = fencingToken;
  return state;
}

export function scale(
  model: Model,
  project: string,
  { service, replicas: target }: ScaleRequest,
  context: WriteContext,
): ScaleResult {
  const state = writable(model, service, context);
  const removed = replicasToRemove(state.replicas.map(observedOf), target).map(({ name }) => name);
  for (const name of removed) context.onProgress?.(`stopping ${name}`);
  state.replicas = state.replicas.filter(({ name }) => !removed.includes(name));

  const idle = state.replicas.filter(({ state }) => state !== 'running');
  const make = {
    service,
    project,
    limits: state.spec.limits,
    startUpMs: startUpOf(state),
    nowMs: model.atMs,
  };
  const missing = target - state.replicas.length;
  const created = freeNumbers(state.replicas.map(observedOf), missing).map((number) =>
    createReplica({ ...make, id: nextId(model), number, operationId: context.operationId }),
  );
  for (const replica of idle) startReplica(replica, model.atMs, startUpOf(state));
  state.replicas = [...state.replicas, ...created].toSorted((a, b) => a.number - b.number);
  const namesOf = (list: readonly SimulatedReplica[]): string[] => list.map(({ name }) => name);
  for (const name of namesOf([...idle, ...created])) context.onProgress?.(`started ${name}`);
  return {
    created: namesOf(created),
    started: namesOf([...idle, ...created]),
    removed,
    replicas: state.replicas.map(observedOf),
  };
}

export function start(model: Model, service: string, context: WriteContext): void {
  const state = writable(model, service, context);
  for (const replica of state.replicas) startReplica(replica, model.atMs, startUpOf(state));
}

export function stop(model: Model, service: string, context: WriteContext): void {
  for (const replica of writable(model, service, context).replicas) stopReplica(replica);
}

export function restart(model: Model, name: string, context: WriteContext): void {
  const found = findReplica(model, name);
  const state = writable(model, found.service, context);
  stopReplica(found);
  startReplica(found, model.atMs, startUpOf(state));
}

export function stopOne(model: Model, name: string, context: WriteContext): { exitCode: number } {
  const found = findReplica(model, name);
  writable(model, found.service, context);
  stopReplica(found);
  return { exitCode: 0 };
}

export function resize(model: Model, service: string, limits: LimitChange, context: WriteContext): void {
  const state = writable(model, service, context);
  const used = usedBytes(state);
  if (limits.memoryBytes != null && limits.memoryBytes <= used)
    throw new CrescendoError(
      'NotScalable',
      `${service} uses ${used} bytes: its limit is not lowered to ${limits.memoryBytes} bytes`,
    );
  for (const replica of state.replicas) replica.limits = withChange(replica.limits, limits);
}

export function findReplica(model: Model, name: string): SimulatedReplica {
  for (const { replicas } of model.services.values()) {
    const found = replicas.find((replica) => replica.name === name);
    if (found !== undefined) return found;
  }
  throw new CrescendoError('UnknownService', `there is no replica ${name}`);
}

function nextId(model: Model): string {
  model.made += 1;
  return `replica-${model.made}`;
}

const startUpOf = ({ spec, fault }: ServiceState): number =>
  fault?.kind === 'slow_start' ? fault.startUpMs : (spec.startUpMs ?? 2_000);
