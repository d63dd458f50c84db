import pLimit from 'p-limit';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { freeNumbers, replicasToRemove } from '../../domain/replica-selection.ts';
import type { ScaleRequest, ScaleResult, WriteContext } from '../platform.ts';
import { createClone, removeReplica, startReplica } from './clone.ts';
import { composeUp } from './compose-cli.ts';
import { labels, type Engine } from './engine.ts';
import { inspectAll, observe, replicaOf } from './observe.ts';
import { obstacles } from './obstacles.ts';

/** Measured: more starts at once cost CPU and bring no more a second. */
const START_CONCURRENCY = 6;

/** Sets the count of a service. Reads before it writes, so that doing it again finishes what an earlier attempt began. */
export async function scale(
  engine: Engine,
  request: ScaleRequest,
  context: WriteContext,
): Promise<ScaleResult> {
  const { service, replicas: target } = request;
  await refuseOldToken(engine, service, context.fencingToken);
  const before = (await observe(engine, [service], context.signal))[service] ?? [];
  const result = { created: [] as string[], started: [] as string[], removed: [] as string[] };
  if (before.length > target) await shrink();
  else await grow();
  return { ...result, replicas: (await observe(engine, [service], context.signal))[service] ?? [] };

  async function shrink(): Promise<void> {
    for (const { name } of replicasToRemove(before, target)) {
      context.signal?.throwIfAborted();
      context.onProgress?.(`stopping ${name}, up to ${request.stopGraceMs / 1_000} s`);
      await removeReplica(engine, name, request.stopGraceMs);
      result.removed.push(name);
    }
  }

  async function grow(): Promise<void> {
    const missing = target - before.length;
    if (missing > 0) {
      if (target > 1) await refuseObstacles(engine, service, context.signal);
      const [original] = await originals(engine, service, context.signal);
      if (original === undefined) {
        result.created.push(...(await composeUp(engine, service, target, context.signal)));
        return;
      }
      const limit = pLimit(START_CONCURRENCY);
      const made = freeNumbers(before, missing).map((number) =>
        limit(async () => {
          context.signal?.throwIfAborted();
          const name = await createClone(engine, original, number, context);
          result.created.push(name);
          await startReplica(engine, name);
          context.onProgress?.(`started ${name}`);
          result.started.push(name);
        }),
      );
      await Promise.all(made);
    }
    for (const { name, state } of before) {
      if (state !== 'exited' && state !== 'created') continue;
      await startReplica(engine, name);
      result.started.push(name);
    }
    result.created.sort();
    result.started.sort();
  }
}

/** What a clone is made from: a running replica of Compose's own before any other. */
async function originals(engine: Engine, service: string, signal?: AbortSignal) {
  const found = await inspectAll(engine, [service], signal);
  const rank = (info: (typeof found)[number]): number =>
    (info.State.Running ? 0 : 2) + (info.Config.Labels[labels.operationId] === undefined ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b) || replicaOf(a).number - replicaOf(b).number);
}

/** An attempt of a holder that has lost the lease since must not write: its token is lower than one seen before. */
export async function refuseOldToken(engine: Engine, service: string, token: number): Promise<void> {
  const found = await inspectAll(engine, [service]);
  const seen = found.map(({ Config }) => Number(Config.Labels[labels.fencingToken] ?? 0));
  const highest = Math.max(engine.seenTokens.get(service) ?? 0, ...seen);
  if (token < highest) {
    throw new CrescendoError('StaleFencingToken', `${service}: token ${token} is older than ${highest}`, {
      service,
      token,
      highest,
    });
  }
  engine.seenTokens.set(service, token);
}

async function refuseObstacles(engine: Engine, service: string, signal?: AbortSignal): Promise<void> {
  const [obstacle] = await obstacles(engine, [service], signal);
  if (obstacle === undefined || obstacle.kind === 'not_deployed') return;
  throw new CrescendoError('NotScalable', `${obstacle.message}: ${obstacle.remedy}`, { ...obstacle });
}
