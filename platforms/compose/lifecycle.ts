import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { WriteContext } from '../platform.ts';
import { startReplica } from './clone.ts';
import { abortable, call, labels, type Engine } from './engine.ts';
import { refuseOldToken } from './fencing.ts';
import { inspect, inspectAll, nameOf } from './observe.ts';
import { isWaiting } from './places.ts';
import { graceSeconds, stopReplica } from './remove.ts';

export async function restart(
  engine: Engine,
  replica: string,
  stopGraceMs: number,
  { fencingToken, signal }: WriteContext,
): Promise<void> {
  await writable(engine, replica, { fencingToken, signal });
  const options = { t: graceSeconds(stopGraceMs), ...abortable(signal) };
  await call(() => engine.docker.getContainer(replica).restart(options), signal);
}

/** Stops one replica, and leaves it there. */
export async function stopOne(
  engine: Engine,
  replica: string,
  stopGraceMs: number,
  { fencingToken, signal }: WriteContext,
): Promise<{ exitCode?: number }> {
  await writable(engine, replica, { fencingToken, signal });
  await stopReplica(engine, replica, stopGraceMs, signal);
  const ended = await inspect(engine.docker, replica, signal);
  return ended === undefined ? {} : { exitCode: ended.State.ExitCode };
}

/** @throws UnknownService for a container of another project, StaleFencingToken */
async function writable(
  engine: Engine,
  replica: string,
  { fencingToken, signal }: { fencingToken: number; signal: AbortSignal | undefined },
): Promise<void> {
  const all = await inspectAll(engine, undefined, signal);
  const service = all.find((info) => nameOf(info) === replica)?.Config.Labels[labels.service];
  if (service === undefined)
    throw new CrescendoError('UnknownService', `${replica} is no replica of project ${engine.spec.project}`);
  const ofService = all.filter(({ Config }) => Config.Labels[labels.service] === service);
  refuseOldToken(engine, service, ofService, fencingToken);
}

/** Stops every replica of the service, and leaves them there. */
export async function stop(
  engine: Engine,
  service: string,
  stopGraceMs: number,
  { fencingToken, signal }: WriteContext,
): Promise<void> {
  const found = await inspectAll(engine, [service], signal);
  refuseOldToken(engine, service, found, fencingToken);
  await Promise.all(found.map(({ Id }) => stopReplica(engine, Id, stopGraceMs, signal)));
}

/** Starts every replica of the service that is there, but those that a `replace` keeps aside. */
export async function start(
  engine: Engine,
  service: string,
  { fencingToken, signal }: WriteContext,
): Promise<void> {
  const found = await inspectAll(engine, [service], signal);
  refuseOldToken(engine, service, found, fencingToken);
  const own = found.filter((container) => !isWaiting(container));
  await Promise.all(own.map(({ Id }) => startReplica(engine, Id, signal)));
}
