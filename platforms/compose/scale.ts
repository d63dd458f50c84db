import pLimit from 'p-limit';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import { freeNumbers, replicasToRemove } from '../../domain/replica-selection.ts';
import type { ScaleRequest, ScaleResult, WriteContext } from '../platform.ts';
import { cloneName, createClone, originalOf, startReplica } from './clone.ts';
import { composeUp } from './compose-cli.ts';
import { labels, type Engine } from './engine.ts';
import { refuseOldToken } from './fencing.ts';
import { joinNetworks } from './networks.ts';
import { inspectAll, nameOf, observe, replicaOf, type Container } from './observe.ts';
import { obstaclesOf } from './obstacles.ts';
import { removeReplica } from './remove.ts';

/** Measured: more at once cost CPU and bring no more a second. */
const createsAtOnce = 8;
const startsAtOnce = 8;

/**
 * Sets the count of a service. Reads before it writes, so that doing it again finishes what an earlier attempt began:
 * what is there counts, running or not, as it does for Compose.
 */
export async function scale(
  engine: Engine,
  request: ScaleRequest,
  context: WriteContext,
): Promise<ScaleResult> {
  const { service, replicas: target } = request;
  const { signal } = context;
  const found = await inspectAll(engine, [service], signal);
  refuseOldToken(engine, service, found, context.fencingToken);
  if (found.length === 0 && target > 0) {
    const created = await composeUp(engine, service, target, signal);
    return { created, started: created, removed: [], replicas: await replicasNow() };
  }
  if (target > Math.max(1, found.length)) refuseObstacles(engine, service, found);
  const removed = await shrink(engine, found, request, context);
  const kept = found.filter((info) => !removed.includes(nameOf(info)));
  const grown = await grow(engine, kept, target, context);
  return { ...grown, removed, replicas: await replicasNow() };

  async function replicasNow() {
    return (await observe(engine, [service], signal))[service] ?? [];
  }
}

/** One at a time, newest first, so that at most one is on its way out. */
async function shrink(
  engine: Engine,
  found: readonly Container[],
  { replicas: target, stopGraceMs }: ScaleRequest,
  { signal, onProgress }: WriteContext,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { name } of replicasToRemove(found.map(replicaOf), target)) {
    onProgress?.(`stopping ${name}, up to ${stopGraceMs / 1_000} s`);
    await removeReplica(engine, name, stopGraceMs, signal);
    removed.push(name);
  }
  return removed;
}

/** Starts what stands still, and makes what is missing, all at once. */
async function grow(
  engine: Engine,
  found: readonly Container[],
  target: number,
  context: WriteContext,
): Promise<Pick<ScaleResult, 'created' | 'started'>> {
  const replicas = found.map(replicaOf);
  const idle = replicas.filter(({ state }) => state === 'created' || state === 'exited');
  const numbers = freeNumbers(replicas, target - replicas.length);
  const [best] = found.toSorted((a, b) => rank(a) - rank(b));
  if (best === undefined || idle.length + numbers.length === 0) return { created: [], started: [] };

  const original = await originalOf(engine, best, context.signal);
  const [creating, starting] = [pLimit(createsAtOnce), pLimit(startsAtOnce)];
  const failed = new AbortController();
  const start = (name: string): Promise<void> =>
    starting(async () => {
      failed.signal.throwIfAborted();
      await startReplica(engine, name, context.signal);
      context.onProgress?.(`started ${name}`);
    });
  const work = [
    ...idle.map(async ({ name, state, operationId }) => {
      // Made by an attempt that died before it had joined all networks, maybe.
      if (state === 'created' && operationId !== undefined)
        await joinNetworks(engine, best, name, context.signal);
      await start(name);
    }),
    ...numbers.map(async (number) => {
      const name = await creating(() => {
        failed.signal.throwIfAborted();
        return createClone(engine, original, number, context);
      });
      await start(name);
    }),
  ];
  await allOrFirstError(work, failed);
  const created = numbers.map((number) => cloneName(engine, best, number));
  return { created, started: [...idle.map(({ name }) => name), ...created] };
}

/** After the first failure nothing more is begun; it is thrown when nothing of this attempt is at work any more. */
async function allOrFirstError(work: readonly Promise<void>[], failed: AbortController): Promise<void> {
  await Promise.allSettled(work.map((one) => one.catch((error: unknown) => failed.abort(error))));
  failed.signal.throwIfAborted();
}

/** What copies are made from: a running replica of Compose's own before any other. */
const rank = ({ State, Config }: Container): number =>
  (State.Running ? 0 : 2) + (Config.Labels[labels.operationId] === undefined ? 0 : 1);

function refuseObstacles(engine: Engine, service: string, found: readonly Container[]): void {
  const [obstacle, ...more] = obstaclesOf(engine, service, found);
  if (obstacle === undefined) return;
  const messages = [obstacle, ...more].map(({ message, remedy }) => `${message}: ${remedy}`);
  throw new CrescendoError('NotScalable', messages.join('; '), { ...obstacle });
}
