import { findStartedLine, lastLines } from '../adapters/logs/read-lines.ts';
import type { ServiceSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { redacted } from '../domain/log-lines.ts';
import type { Replica } from '../domain/observation.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { serviceIn } from './names.ts';
import { isPresent, replicasOf } from './replicas.ts';
import { currentTask, type Task } from './task.ts';

/** The longest time between two looks: events of the platform wake it earlier. */
const lookAgainMs = 500;
/** A replica that Crescendo made counts as new for that long; the log of an older one may have lost its start. */
const newForMs = 15 * 60_000;

/** The runbook's "verify all instances are running" and "check logs for startup success". */
export const waitForReplicasActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'waitForReplicas'> => ({
  waitForReplicas: async (wanted) => {
    const { catalog } = await dependencies.loadCatalog();
    return {
      facts: await untilReady(dependencies, serviceIn(catalog, wanted.service), wanted, currentTask()),
    };
  },
});

type Wait = Parameters<Activities['waitForReplicas']>[0] & {
  /** Replicas that are neither counted nor looked at. */
  leftOut?: (replica: Replica) => boolean;
};

/** A sentence for each replica once all are ready. Throws ReplicaNotReady after the time, ReplicaCrashed at once. */
export async function untilReady(
  { platform, nowMs }: Pick<Dependencies, 'platform' | 'nowMs'>,
  spec: ServiceSpec,
  { service, replicas, timeoutMs, sinceMs, leftOut = () => false }: Wait,
  task: Task,
): Promise<string[]> {
  const startedAtMs = nowMs();
  const isNew = (replica: Replica): boolean =>
    sinceMs === undefined
      ? replica.operationId !== undefined && replica.createdAtMs > startedAtMs - newForMs
      : replica.createdAtMs >= sinceMs;
  const ready = new Map<string, string>();
  for (;;) {
    const present = (await replicasOf(platform, service, task.signal)).filter(
      (replica) => !leftOut(replica) && (isPresent(replica) || isNew(replica)),
    );
    await throwIfCrashed(platform, present.filter(isNew), task.signal);
    const waitingFor = await findWaiting(platform, spec, { present, ready, isNew, nowMs: nowMs() }, task);
    if (waitingFor.length === 0 && present.length === replicas)
      return present.map(({ name }) => ready.get(name) ?? name);
    const progress =
      present.length === replicas
        ? waitingFor.join('; ')
        : `${service} has ${present.length} of ${replicas} replicas`;
    task.report(progress);
    if (nowMs() - startedAtMs >= timeoutMs) throw notReady(service, replicas, timeoutMs, progress);
    // Nothing tells of a line in a log: it is looked for more often than the platform's own states.
    const waitMs = Math.min(lookAgainMs, Math.max(1, startedAtMs + timeoutMs - nowMs()));
    await platform.nextChange([service], { timeoutMs: waitMs, signal: task.signal });
  }
}

interface Look {
  present: readonly Replica[];
  /** Sentences by replica name; grows as replicas get ready. */
  ready: Map<string, string>;
  isNew(replica: Replica): boolean;
  nowMs: number;
}

/** What is still waited for, a sentence for each replica; those that are ready get theirs in `look.ready`. */
const findWaiting = async (
  platform: Platform,
  spec: ServiceSpec,
  look: Look,
  task: Task,
): Promise<string[]> => {
  const sentences = await Promise.all(
    look.present.map(async (replica) => {
      const { name, state, health } = replica;
      if (state !== 'running' || health === 'starting' || health === 'unhealthy') {
        look.ready.delete(name);
        return `${name} is ${state === 'running' ? health : state}`;
      }
      if (look.ready.has(name)) return undefined;
      const isHealthy = health === 'healthy' ? 'healthy' : 'running';
      if (spec.startedPattern === undefined || !look.isNew(replica)) {
        look.ready.set(name, `${name} ${isHealthy}`);
        return undefined;
      }
      const line = await findStartedLine(platform, replica, spec.startedPattern, task.signal);
      if (line === undefined)
        return `${name} is ${isHealthy}, "${spec.startedPattern}" is not in its log yet`;
      const tookMs = look.nowMs - replica.createdAtMs;
      look.ready.set(
        name,
        `${name} ${isHealthy} and "${spec.startedPattern}" in its log ${(tookMs / 1000).toFixed(1)} s after it was created`,
      );
      return undefined;
    }),
  );
  return sentences.filter((sentence) => sentence !== undefined);
};

/**
 * A new replica that has ended, is restarted by the platform or fails its health check will not get ready by waiting. One that was
 * there before may be unhealthy because of the very load that is being taken off it.
 */
const throwIfCrashed = async (
  platform: Platform,
  fresh: readonly Replica[],
  signal: AbortSignal,
): Promise<void> => {
  const crashed = fresh.find(
    ({ state, health, restartCount }) =>
      state === 'exited' || state === 'restarting' || restartCount > 0 || health === 'unhealthy',
  );
  if (crashed === undefined) return;
  const { name, state, health, restartCount } = crashed;
  const lines = (await lastLines(platform, name, 20, signal)).map(redacted);
  const how = state === 'running' && health === 'unhealthy' ? health : state;
  throw new CrescendoError(
    'ReplicaCrashed',
    `${name} is ${how} after ${restartCount} restarts; its log ends with: ${lines.at(-1) ?? '(nothing)'}`,
    { replica: name, state, health, restartCount, lastLines: lines },
  );
};

const notReady = (service: string, replicas: number, timeoutMs: number, progress: string): CrescendoError =>
  new CrescendoError(
    'ReplicaNotReady',
    `${service}: not all of ${replicas} replicas are ready after ${Math.round(timeoutMs / 1000)} s: ${progress}`,
  );
