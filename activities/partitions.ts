import { pause } from '../adapters/abort.ts';
import type { ServiceSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatMs } from '../domain/format.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { existing } from './kafka-cluster.ts';
import { leaseGuard } from './lease-guard.ts';
import { serviceIn } from './names.ts';
import { replicasOf } from './replicas.ts';
import { guardStanding } from './standing.ts';
import { currentTask, reportBefore, type Task } from './task.ts';

const ledMs = 30_000;
const lookAgainMs = 200;

/** Runbook 3.2, "Increase Topic Partitions". */
export const partitionActivities = (
  dependencies: Dependencies,
): Pick<Activities, 'increasePartitions' | 'keepPartitions' | 'restartReplica'> => ({
  increasePartitions: async ({ service, topic, partitions, ...write }) => {
    const { signal } = currentTask();
    const started = await guardStanding(dependencies, service, write);
    const kafka = existing(dependencies);
    const before = await kafka.growTopic(topic, partitions);
    const led = await kafka.untilLed(topic, { count: partitions, timeoutMs: ledMs, signal });
    const sentence =
      before === partitions
        ? `${topic} already has ${before} partitions`
        : `${topic}: ${before} → ${partitions} partitions`;
    return { facts: [...started, sentence, `all ${led.length} partitions of ${topic} have a leader`] };
  },

  keepPartitions: async ({ topic, partitions }) => {
    const { signal } = currentTask();
    const now = (await existing(dependencies).cluster([topic], signal)).partitions.length;
    if (now <= partitions) return { facts: [`${topic} has ${now} partitions, as before`] };
    throw new CrescendoError(
      'NotUndoable',
      `${topic} has ${now} partitions, ${partitions} before: Kafka takes none away`,
      { topic, partitions: now },
    );
  },

  restartReplica: async ({ service, replica, timeoutMs, operationId, fencingToken, sinceMs }) => {
    const task = currentTask();
    const { platform, loadCatalog, nowMs } = dependencies;
    const spec = serviceIn((await loadCatalog()).catalog, service);
    const startedAtMs = nowMs();
    if (!(await isRestarted(dependencies, spec, replica, sinceMs, task))) {
      await leaseGuard(dependencies)([service], fencingToken);
      task.report(`restarting ${replica}, up to ${formatMs(spec.stopGraceMs)} for its end`);
      await platform.restart(
        replica,
        { stopGraceMs: spec.stopGraceMs },
        { operationId, fencingToken, signal: task.signal, onProgress: task.report },
      );
      task.report({ restarted: replica });
    }
    await untilStarted(dependencies, spec, { replica, sinceMs, timeoutMs }, task);
    return {
      facts: [`${replica} restarted: healthy and started again after ${formatMs(nowMs() - startedAtMs)}`],
    };
  },
});

/** By an attempt before this one, whose worker died after it: its heartbeat or the log of the replica tells. */
const isRestarted = async (
  dependencies: Dependencies,
  { startedPattern }: ServiceSpec,
  replica: string,
  sinceMs: number,
  { signal }: Task,
): Promise<boolean> => {
  const before = reportBefore();
  if (typeof before === 'object' && before !== null && 'restarted' in before && before.restarted === replica)
    return true;
  return (
    startedPattern !== undefined &&
    (await startedSince(dependencies, startedPattern, replica, sinceMs, signal))
  );
};

const startedSince = async (
  { platform }: Dependencies,
  pattern: string,
  replica: string,
  sinceMs: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const lines = await platform.logs(replica, { sinceMs }, signal);
  return lines.some(({ text, atMs }) => text.includes(pattern) && (atMs === 0 || atMs >= sinceMs));
};

const untilStarted = async (
  dependencies: Dependencies,
  spec: ServiceSpec,
  { replica, sinceMs, timeoutMs }: { replica: string; sinceMs: number; timeoutMs: number },
  { signal, report }: Task,
): Promise<void> => {
  const giveUpAtMs = dependencies.nowMs() + timeoutMs;
  for (;;) {
    const seen = (await replicasOf(dependencies.platform, spec.name, signal)).find(
      ({ name }) => name === replica,
    );
    const isUp = seen?.state === 'running' && (seen.health === 'healthy' || seen.health === 'none');
    const isStarted =
      isUp &&
      (spec.startedPattern === undefined ||
        (await startedSince(dependencies, spec.startedPattern, replica, sinceMs, signal)));
    if (isStarted) return;
    const state = seen === undefined ? 'not there' : seen.state === 'running' ? seen.health : seen.state;
    const sentence = isUp
      ? `${replica} is up, "${spec.startedPattern}" is not in its log yet`
      : `${replica} is ${state}`;
    if (dependencies.nowMs() > giveUpAtMs)
      throw new CrescendoError('ReplicaNotReady', `${sentence} ${formatMs(timeoutMs)} after its restart`);
    report({ restarted: replica, sentence });
    await pause(lookAgainMs, signal);
  }
};
