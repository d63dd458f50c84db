import { Context } from '@temporalio/activity';
import { pause } from '../adapters/abort.ts';
import { withMongodb } from '../adapters/mongodb/connect.ts';
import { greet, urlAt } from '../adapters/mongodb/copies.ts';
import { readNode } from '../adapters/mongodb/node.ts';
import { waitForState, type ReplicaSetOptions } from '../adapters/mongodb/read-replica-set.ts';
import { addMember, initiate, setVote } from '../adapters/mongodb/replica-set.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatMs } from '../domain/format.ts';
import type { Activities } from './contract.ts';
import { throwIfCrashing, unlessStopped } from './crashing.ts';
import { databaseIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { leaveSet, patienceMs, takeVotes } from './leave-replica-set.ts';
import { proveCopies } from './prove-replica-set.ts';
import { replicasOf } from './replicas.ts';
import { guardStanding } from './standing.ts';
import { currentTask } from './task.ts';

/** How long one change of the members may take; it needs the majority, not the data. */
const changeMs = 60_000;
const lookAgainMs = 200;

type ReplicaSetActivities = Pick<
  Activities,
  | 'readMongodbNode'
  | 'initiateReplicaSet'
  | 'joinReplicaSet'
  | 'leaveReplicaSet'
  | 'giveVotes'
  | 'takeVotes'
  | 'waitForNodes'
  | 'waitForMember'
  | 'proveReplicaSet'
>;

/** Runbook 3.1, "Horizontal Scaling": what `rs.initiate` with all three would do, without leaving the data behind. */
export const replicaSetActivities = (dependencies: Dependencies): ReplicaSetActivities => {
  const guarded = async (
    database: string,
    write: { operationId: string; fencingToken: number },
  ): Promise<string> => {
    const { spec, url } = await databaseIn(dependencies, database);
    for (const fact of await guardStanding(dependencies, spec.service, write)) currentTask().report(fact);
    return url;
  };
  const options = (timeoutMs: number): ReplicaSetOptions => {
    const { signal, report } = currentTask();
    return { timeoutMs, signal, onProgress: report };
  };

  return {
    readMongodbNode: async ({ database, names }) => {
      const { signal } = currentTask();
      const { url } = await databaseIn(dependencies, database);
      const [node, taken] = await Promise.all([
        withMongodb(url, readNode),
        dependencies.platform.taken(
          { services: names, volumes: names.map((name) => `${name}-data`) },
          signal,
        ),
      ]);
      return { node, taken };
    },

    initiateReplicaSet: async ({ database, set, host, budgetMs, ...write }) => {
      const url = await guarded(database, write);
      // Of all attempts together: clients wait through each of them.
      const spentMs = Math.max(0, dependencies.nowMs() - Context.current().info.scheduledTimestampMs);
      const timeoutMs = Math.max(0, budgetMs - spentMs);
      return {
        facts: await withMongodb(url, (client) =>
          initiate(client, set, host, options(timeoutMs)).catch(asSpent(budgetMs)),
        ),
      };
    },

    joinReplicaSet: async ({ database, member, ...write }) => {
      const url = await guarded(database, write);
      return {
        facts: [await withMongodb(url, (client) => addMember(client, member.host, options(changeMs)))],
      };
    },

    leaveReplicaSet: async ({ database, host, ...write }) => {
      const url = await guarded(database, write);
      return { facts: await withMongodb(url, (client) => leaveSet(client, host, options(patienceMs))) };
    },

    giveVotes: async ({ database, hosts, ...write }) => {
      const url = await guarded(database, write);
      const facts: string[] = [];
      await withMongodb(url, async (client) => {
        for (const host of hosts) facts.push(await setVote(client, host, 1, options(changeMs)));
      });
      return { facts };
    },

    takeVotes: async ({ database, hosts, ...write }) => {
      const url = await guarded(database, write);
      return { facts: await withMongodb(url, (client) => takeVotes(client, hosts, options(patienceMs))) };
    },

    waitForNodes: async ({ nodes, port, timeoutMs }) => {
      const { signal, report } = currentTask();
      const startedAtMs = dependencies.nowMs();
      for (;;) {
        const silent: string[] = [];
        for (const node of nodes) if (!(await answers(dependencies, node, port, signal))) silent.push(node);
        const spentMs = dependencies.nowMs() - startedAtMs;
        if (silent.length === 0)
          return { facts: [`${nodes.join(', ')} answered after ${formatMs(spentMs)}`] };
        if (spentMs >= timeoutMs)
          throw new CrescendoError(
            'ReplicaNotReady',
            `${silent.join(', ')} did not answer in ${formatMs(timeoutMs)}`,
            { nodes: silent },
          );
        report(`${silent.join(', ')} does not answer yet`);
        await pause(lookAgainMs, signal);
      }
    },

    waitForMember: async ({ database, host, timeoutMs }) => {
      const { url } = await databaseIn(dependencies, database);
      const giveUpAtMs = dependencies.nowMs() + timeoutMs;
      const [service = ''] = host.split(':');
      return unlessStopped(dependencies, service, currentTask().signal, async (signal) => {
        for (;;) {
          const wait = { ...options(Math.max(0, giveUpAtMs - dependencies.nowMs())), signal };
          try {
            return {
              facts: [await withMongodb(url, (client) => waitForState(client, host, 'SECONDARY', wait))],
            };
          } catch (error) {
            // A node that starts anew goes on with its copy.
            if (!isUnavailable(error) || dependencies.nowMs() >= giveUpAtMs) throw error;
            wait.onProgress?.(error.message);
            await pause(lookAgainMs, signal);
          }
        }
      });
    },

    proveReplicaSet: async (input) => ({ facts: await proveCopies(dependencies, input, currentTask()) }),
  };
};

const isUnavailable = (error: unknown): error is CrescendoError =>
  error instanceof CrescendoError && error.type === 'DatabaseUnavailable';

/** It takes no writes until then: the wait is part of the downtime. */
const asSpent =
  (budgetMs: number) =>
  (error: unknown): never => {
    if (!(error instanceof CrescendoError) || error.type !== 'ClusterNotFormed') throw error;
    throw new CrescendoError(
      'DowntimeBudgetSpent',
      `${formatMs(budgetMs)} were allowed until it is PRIMARY: ${error.message}`,
      { budgetMs },
    );
  };

/** To the worker, or, where that does not reach into the network, to its own health check. */
async function answers(
  dependencies: Dependencies,
  node: string,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  const [replica] = await replicasOf(dependencies.platform, node, signal);
  if (replica === undefined) return false;
  await throwIfCrashing(dependencies, node, signal);
  if (replica.state !== 'running') return false;
  if (replica.health === 'healthy') return true;
  if (replica.address === undefined) return replica.health === 'none';
  return withMongodb(urlAt('mongodb://', `${replica.address}:${port}`, { isAnonymous: true }), greet).then(
    () => true,
    () => false,
  );
}
