import { pause } from '../adapters/abort.ts';
import { openConnections, type OpenConnections } from '../adapters/nginx/connections.ts';
import type { ServiceSpec } from '../domain/catalog.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatCount, formatMs } from '../domain/format.ts';
import type { Replica } from '../domain/observation.ts';
import { replicasToRemove } from '../domain/replica-selection.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { leaseGuard } from './lease-guard.ts';
import { serviceIn } from './names.ts';
import { replicasOf } from './replicas.ts';
import { currentTask, type Task } from './task.ts';

const lookAgainMs = 200;
/** A group notices a member that died without a word after its session has run out, 45 s by default. */
const leaveMs = 60_000;
/** 128 + SIGKILL: the grace was not enough. */
const killed = 137;

/** On the way down: nothing that a replica has taken is lost with it. It is out of the upstream by then. */
export const drainActivities = (dependencies: Dependencies): Pick<Activities, 'drainReplicas'> => ({
  drainReplicas: async ({ service, replicas, drainMs, operationId, fencingToken }) => {
    const task = currentTask();
    const { signal, report } = task;
    const { catalog } = await dependencies.loadCatalog();
    const spec = serviceIn(catalog, service);
    const present = await replicasOf(dependencies.platform, service, signal);
    const going = replicasToRemove(present, replicas).filter(({ state }) => state === 'running');
    const facts: string[] = [];
    for (const [index, replica] of going.entries()) {
      await leaseGuard(dependencies)([service], fencingToken);
      if (catalog.loadBalancer?.upstreamService === service)
        facts.push(await untilEmpty(dependencies, catalog.loadBalancer, replica, drainMs, task));
      report(`stopping ${replica.name}, up to ${formatMs(spec.stopGraceMs)}`);
      const startedAtMs = dependencies.nowMs();
      const { exitCode } = await dependencies.platform.stopReplica(
        replica.name,
        { stopGraceMs: spec.stopGraceMs },
        { operationId, fencingToken, signal, onProgress: report },
      );
      const tookMs = dependencies.nowMs() - startedAtMs;
      facts.push(endOf(replica, exitCode, tookMs, spec));
      const left = going.length - index - 1 + replicas;
      if (spec.consumer !== undefined) facts.push(await untilLeft(dependencies, spec, left, task));
    }
    return {
      facts: facts.length > 0 ? facts : [`${service} has no replica more than ${replicas} that runs`],
    };
  },
});

/** Waits until nothing is in flight between the balancer and the replica, or the time is spent. */
export const untilEmpty = async (
  { platform, nowMs }: Pick<Dependencies, 'platform' | 'nowMs'>,
  spec: Parameters<typeof openConnections>[0]['spec'],
  replica: Replica,
  drainMs: number,
  { signal, report }: Task,
): Promise<string> => {
  const startedAtMs = nowMs();
  for (;;) {
    const open = await openConnections({ platform, spec, replica, signal });
    const spentMs = nowMs() - startedAtMs;
    if (open.connections === 0 && open.oldWorkers === false)
      return `${replica.name} has no connection of ${spec.service} any more, after ${formatMs(spentMs)}`;
    const sentence = `${replica.name} ${sentenceOf(open)}`;
    if (spentMs >= drainMs) return `${sentence} after ${formatMs(drainMs)}: stopped all the same`;
    report(sentence);
    await pause(Math.max(1, Math.min(lookAgainMs, drainMs - spentMs)), signal);
  }
};

const sentenceOf = ({ connections, oldWorkers }: OpenConnections): string => {
  if (connections === undefined) return 'does not tell its connections';
  if (connections > 0) return `still has ${connections} connections of the balancer`;
  return oldWorkers === undefined
    ? 'has no connection, but the workers of the balancer cannot be seen'
    : 'has no connection, but an old worker of the balancer still finishes requests';
};

const endOf = (
  { name }: Replica,
  exitCode: number | undefined,
  tookMs: number,
  { stopGraceMs }: ServiceSpec,
): string => {
  if (exitCode === killed) return `${name} was killed: ${formatMs(stopGraceMs)} of grace were not enough`;
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  return `${name} ended by itself after ${formatMs(tookMs)}${code}`;
};

/** Waits until the group has no more members than replicas are left: nobody waits for one that is gone. */
const untilLeft = async (
  { kafka, nowMs }: Dependencies,
  { consumer }: ServiceSpec,
  members: number,
  { signal, report }: Task,
): Promise<string> => {
  if (consumer === undefined || kafka === undefined)
    throw new CrescendoError('KafkaUnavailable', 'the catalog names no Kafka');
  const startedAtMs = nowMs();
  for (;;) {
    const seen = (await kafka.groups([consumer], signal))[consumer.group];
    const isLeft = seen !== undefined && !(seen instanceof CrescendoError) && seen.members <= members;
    const spentMs = nowMs() - startedAtMs;
    if (isLeft)
      return `group ${consumer.group} has ${formatCount(seen.members, 'member')}, ${formatMs(spentMs)} after the end of it`;
    const sentence =
      seen === undefined || seen instanceof CrescendoError
        ? (seen?.message ?? 'Kafka gave no answer')
        : `group ${consumer.group} still has ${seen.members} members, ${members} are expected`;
    if (spentMs >= leaveMs) throw new CrescendoError('GroupNotStable', sentence);
    report(sentence);
    await pause(lookAgainMs, signal);
  }
};
