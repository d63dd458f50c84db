import { MongoServerError } from 'mongodb';
import { pause } from '../adapters/abort.ts';
import { withMongodb } from '../adapters/mongodb/connect.ts';
import { countDocuments, urlAt, writeEverywhere } from '../adapters/mongodb/copies.ts';
import { readConfig, readReplicaSet } from '../adapters/mongodb/read-replica-set.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatCount, formatMs } from '../domain/format.ts';
import { missingDocuments, type Counts } from '../domain/replica-set-copies.ts';
import type { SetMember } from '../domain/replica-set-operation.ts';
import { databaseIn } from './database.ts';
import type { Dependencies } from './dependencies.ts';
import { replicasOf } from './replicas.ts';
import type { Task } from './task.ts';

const lookAgainMs = 250;
const markMs = 10_000;

export interface ProveInput {
  database: string;
  set: string;
  members: readonly SetMember[];
  timeoutMs: number;
}

/** Looks until the set is whole, a write reached every member, and each has every document. Returns facts. Throws ClusterNotFormed. */
export async function proveCopies(
  dependencies: Dependencies,
  input: ProveInput,
  { signal, report }: Task,
): Promise<string[]> {
  const { url } = await databaseIn(dependencies, input.database);
  const startedAtMs = dependencies.nowMs();
  const originals: Counts[] = [];
  for (;;) {
    const { facts, wrong } = await look(dependencies, url, input, originals, signal).catch(asWrong);
    if (wrong.length === 0) return facts;
    const spentMs = dependencies.nowMs() - startedAtMs;
    if (spentMs >= input.timeoutMs)
      throw new CrescendoError(
        'ClusterNotFormed',
        `${input.set} after ${formatMs(spentMs)}: ${wrong.join('; ')}`,
      );
    report(wrong.join('; '));
    await pause(lookAgainMs, signal);
  }
}

/** A node that starts anew is asked again. */
const asWrong = (error: unknown): { facts: string[]; wrong: string[] } => {
  if (!(error instanceof CrescendoError) || error.type !== 'DatabaseUnavailable') throw error;
  return { facts: [], wrong: [error.message] };
};

const look = (
  dependencies: Dependencies,
  url: string,
  { set, members }: ProveInput,
  /** What the first had each time that it was counted. */
  originals: Counts[],
  signal: AbortSignal,
): Promise<{ facts: string[]; wrong: string[] }> =>
  withMongodb(url, async (client) => {
    const [status, config] = await Promise.all([readReplicaSet(client), readConfig(client)]);
    const roles = members.map(({ host }, index) => {
      const state = status?.members.find((member) => member.host === host)?.state ?? 'no member';
      const votes = config?.members.find((member) => member.host === host)?.votes ?? 1;
      return { host, state, isRight: state === (index === 0 ? 'PRIMARY' : 'SECONDARY') && votes === 1 };
    });
    const wrong = roles.filter(({ isRight }) => !isRight).map(({ host, state }) => `${host} is ${state}`);
    if (status?.set !== set) wrong.push(`the set is ${status?.set ?? 'not there'}`);
    if (wrong.length > 0) return { facts: [], wrong };
    originals.push(await countDocuments(client));
    try {
      await writeEverywhere(client, `crescendo-${set}-${dependencies.nowMs()}`, members.length, markMs);
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error;
      return { facts: [], wrong: [`a write did not reach every member: ${error.message}`] };
    }
    const copies = await countCopies(dependencies, url, members.slice(1), signal);
    originals.push(await countDocuments(client));
    return {
      facts: [
        roles.map(({ host, state }) => `${host} ${state}`).join(', '),
        `a write was acknowledged by all ${members.length} members`,
        ...copies.map(({ node, counts }) => sentenceOf(node, counts)),
      ],
      wrong: copies.flatMap(({ node, counts }) =>
        counts === undefined ? [] : missingDocuments(originals, counts).map((what) => `${node}: ${what}`),
      ),
    };
  });

interface Copy {
  node: string;
  /** Left out where the worker does not reach the node: the acknowledged write is the proof then. */
  counts: Counts | undefined;
}

const countCopies = (
  { platform }: Dependencies,
  url: string,
  members: readonly SetMember[],
  signal: AbortSignal,
): Promise<Copy[]> =>
  Promise.all(
    members.map(async ({ node, host }) => {
      const [replica] = await replicasOf(platform, node, signal);
      const address = replica?.address;
      if (address === undefined) return { node, counts: undefined };
      const port = host.split(':').at(-1) ?? '27017';
      const counts = await withMongodb(urlAt(url, `${address}:${port}`), countDocuments).catch(unreached);
      return { node, counts };
    }),
  );

const unreached = (error: unknown): undefined => {
  if (error instanceof CrescendoError && error.type === 'DatabaseUnavailable') return undefined;
  throw error;
};

const sentenceOf = (node: string, counts: Counts | undefined): string => {
  if (counts === undefined) return `${node} is not reached from the worker, its documents were not counted`;
  const documents = Object.values(counts).reduce((total, count) => total + count, 0);
  return `${node} has ${formatCount(documents, 'document')} in ${formatCount(Object.keys(counts).length, 'collection')}`;
};
