import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { Described, Replaced, ReplaceRequest, WriteContext } from '../platform.ts';
import { startReplica } from './clone.ts';
import { abortable, call, labels, settled, type Engine } from './engine.ts';
import { refuseOldToken } from './fencing.ts';
import { inspect, limitsOf, nameOf, type Container } from './observe.ts';
import { beforeSuffix, isThere, nextSuffix, placesOf } from './places.ts';
import { removeReplica, stopReplica } from './remove.ts';
import { hashOf } from './renew.ts';
import { readyNext } from './successor.ts';
import { closeRoom, letIn } from './waiting-room.ts';

/** What runs a service of one container. Throws NotScalable where that is not one. */
export async function describe(engine: Engine, service: string, signal?: AbortSignal): Promise<Described> {
  const { current } = await placesOf(engine, service, signal);
  if (current === undefined)
    throw new CrescendoError('NotScalable', `${service} has no container: start it first`, { service });
  const hash = await hashOf(engine, service, signal);
  return {
    name: nameOf(current),
    command: current.Config.Cmd ?? [],
    limits: limitsOf(current),
    isOutdated: current.Config.Labels[labels.configHash] !== hash,
  };
}

/**
 * Puts a container by the edited compose file in the place of the one that runs, with no more between the two than the end of one program and
 * the beginning of another: the new one is made, and waits, while the old one runs. The old one stays, under its name with `-before`. Goes on
 * from wherever an attempt before it ended. Throws NotScalable where the container had drifted from the file.
 */
export async function replace(
  engine: Engine,
  { service, edit, stopGraceMs, beforeStop }: ReplaceRequest,
  context: WriteContext,
): Promise<Replaced> {
  const { signal, onProgress } = context;
  const hash = await hashOf(engine, service, signal);
  let { before, current, next } = await placesOf(engine, service, signal);
  refuseOldToken(engine, service, [before, current, next].filter(isThere), context.fencingToken);
  if (before === undefined) {
    if (current === undefined)
      throw new CrescendoError('NotScalable', `${service} has no container: start it first`, { service });
    if (current.Config.Labels[labels.configHash] === hash) return runningSince(engine, current, signal);
    onProgress?.(`making the next ${nameOf(current)}`);
    next = await readyNext(engine, { current, edit, hash }, next, context);
    // One that has stopped meanwhile can be asked for nothing, and has nothing left to get ready.
    if (current.State.Running) {
      onProgress?.(`getting ${nameOf(current)} ready for its stop`);
      await beforeStop();
    }
    await setRestart(engine, current, 'no', signal);
    await rename(engine, current, nameOf(current) + beforeSuffix, signal);
    [before, current] = [current, undefined];
  }
  if (next !== undefined) await rename(engine, next, nameOf(next).slice(0, -nextSuffix.length), signal);
  const made = current ?? next;
  if (made === undefined)
    throw new CrescendoError('NotScalable', `${service} lost the container that was to replace it`, {
      service,
    });
  onProgress?.(`${service} stops and starts`);
  await stopReplica(engine, before.Id, stopGraceMs, signal);
  await letIn(engine, made, before, signal);
  return runningSince(engine, made, signal, before);
}

/** The container that ran before runs again, and what took its place is gone. Nothing where nothing was replaced. */
export async function putBack(
  engine: Engine,
  { service, stopGraceMs }: { service: string; stopGraceMs: number },
  { fencingToken, signal }: WriteContext,
): Promise<string[]> {
  const { before, current, next } = await placesOf(engine, service, signal);
  refuseOldToken(engine, service, [before, current, next].filter(isThere), fencingToken);
  const successor = before === undefined ? next : (current ?? next);
  const restart = successor?.HostConfig.RestartPolicy?.Name;
  const old = before ?? current;
  if (old === undefined)
    throw new CrescendoError('NotScalable', `${service} has no container to go back to`, { service });
  if (restart !== undefined) await setRestart(engine, old, restart, signal);
  if (next !== undefined) await removeReplica(engine, next.Id, stopGraceMs, signal);
  if (successor !== undefined) await closeRoom(engine, successor, signal);
  if (before === undefined) {
    await startReplica(engine, old.Id, signal);
    return [`${nameOf(old)} was not replaced`];
  }
  if (current !== undefined) await removeReplica(engine, current.Id, stopGraceMs, signal);
  const name = nameOf(before).slice(0, -beforeSuffix.length);
  await rename(engine, before, name, signal);
  await startReplica(engine, before.Id, signal);
  return [`${name} is the container that ran before`];
}

/** Away with the container that ran before, and not with its volumes. Returns its name, where there was one. */
export async function removeReplaced(
  engine: Engine,
  service: string,
  { fencingToken, signal }: WriteContext,
): Promise<string[]> {
  const { before, current } = await placesOf(engine, service, signal);
  refuseOldToken(engine, service, [before, current].filter(isThere), fencingToken);
  if (before === undefined || current === undefined) return [];
  const gone = engine.docker.getContainer(before.Id);
  await settled(() => gone.remove({ v: false, ...abortable(signal) }), [404, 409], signal);
  return [nameOf(before)];
}

/** One that has the name is as good. */
async function rename(
  { docker }: Engine,
  container: Container,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  if (nameOf(container) === name) return;
  await call(() => docker.getContainer(container.Id).rename({ name, ...abortable(signal) }), signal);
}

/** An engine that comes back must not start two containers on one volume. */
async function setRestart(
  { docker }: Engine,
  container: Container,
  policy: string,
  signal?: AbortSignal,
): Promise<void> {
  const RestartPolicy = { Name: policy };
  await call(() => docker.getContainer(container.Id).update({ RestartPolicy, ...abortable(signal) }), signal);
}

async function runningSince(
  { docker }: Engine,
  container: Container,
  signal?: AbortSignal,
  before?: Container,
): Promise<Replaced> {
  const [now, old] = await Promise.all([
    inspect(docker, container.Id, signal),
    before === undefined ? undefined : inspect(docker, before.Id, signal),
  ]);
  return {
    name: now === undefined ? nameOf(container) : nameOf(now),
    startedAtMs: Date.parse(now?.State.StartedAt ?? '') || Date.now(),
    ...(old === undefined ? {} : { stoppedAtMs: Date.parse(old.State.FinishedAt) || Date.now() }),
  };
}
