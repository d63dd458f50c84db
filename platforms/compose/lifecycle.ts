import type { WriteContext } from '../platform.ts';
import { startReplica } from './clone.ts';
import { call, statusOf, type Engine } from './engine.ts';
import { observe } from './observe.ts';
import { refuseOldToken } from './scale.ts';

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

export async function restart(
  engine: Engine,
  replica: string,
  stopGraceMs: number,
  context: WriteContext,
): Promise<void> {
  const all = Object.values(await observe(engine, undefined, context.signal)).flat();
  const found = all.find(({ name }) => name === replica);
  if (found !== undefined) await refuseOldToken(engine, found.service, context.fencingToken);
  await call(() => engine.docker.getContainer(replica).restart({ t: seconds(stopGraceMs) }));
}

/** Stops every replica of the service, and leaves them there. */
export async function stop(
  engine: Engine,
  service: string,
  stopGraceMs: number,
  context: WriteContext,
): Promise<void> {
  await refuseOldToken(engine, service, context.fencingToken);
  const replicas = (await observe(engine, [service], context.signal))[service] ?? [];
  await Promise.all(
    replicas.map(async ({ id }) => {
      try {
        await call(() => engine.docker.getContainer(id).stop({ t: seconds(stopGraceMs) }));
      } catch (error) {
        if (statusOf(error) !== 304 && statusOf(error) !== 404) throw error;
      }
    }),
  );
}

/** Starts every replica of the service that is there. */
export async function start(engine: Engine, service: string, context: WriteContext): Promise<void> {
  await refuseOldToken(engine, service, context.fencingToken);
  const replicas = (await observe(engine, [service], context.signal))[service] ?? [];
  await Promise.all(replicas.map(({ id }) => startReplica(engine, id)));
}
