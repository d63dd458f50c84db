import { abortable, settled, type Engine } from './engine.ts';

/** Docker counts the grace in whole seconds, and 0 would be no grace at all. */
export const graceSeconds = (stopGraceMs: number): number => Math.max(1, Math.ceil(stopGraceMs / 1_000));

/** SIGTERM, the grace, SIGKILL. One that has stopped or is gone already is as good. */
export async function stopReplica(
  { docker }: Engine,
  name: string,
  stopGraceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const options = { t: graceSeconds(stopGraceMs), ...abortable(signal) };
  await settled(() => docker.getContainer(name).stop(options), [304, 404], signal);
}

/** Stops it with its grace, then away with it and its anonymous volumes. */
export async function removeReplica(
  engine: Engine,
  name: string,
  stopGraceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  await stopReplica(engine, name, stopGraceMs, signal);
  const container = engine.docker.getContainer(name);
  // 409: another attempt is removing it. Without `force`, so that none is ever killed without its grace.
  await settled(() => container.remove({ v: true, ...abortable(signal) }), [404, 409], signal);
}
