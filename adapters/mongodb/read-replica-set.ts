import { setTimeout as delay } from 'node:timers/promises';
import { MongoServerError, type Document, type MongoClient } from 'mongodb';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { ReplicaSetMemberState, ReplicaSetStatus } from '../../domain/mongodb-readings.ts';

export interface ReplicaSetOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  onProgress?: (progress: string) => void;
}

const codes = { noReplication: 76, notYetInitialized: 94 };
const lookAgainMs = 100;
const longMs = 10_000;
const lookAgainLaterMs = 1_000;
const states: readonly string[] = ['PRIMARY', 'SECONDARY', 'ARBITER', 'STARTUP', 'STARTUP2', 'RECOVERING'];

/** The set as the server sees it; `null` when it was never initiated. */
export async function readReplicaSet(client: MongoClient): Promise<ReplicaSetStatus | null> {
  const status = await unlessNoSet(client.db('admin').command({ replSetGetStatus: 1 }));
  if (status === null) return null;
  const members = status['members'] as Document[];
  return {
    set: String(status['set']),
    members: members.map((member) => ({
      host: String(member['name']),
      state: stateOf(member),
      ...lagOf(member, members),
    })),
  };
}

/** By the time of the last write that each has. */
function lagOf(member: Document, members: readonly Document[]): { lagMs?: number } {
  const primary = members.find((one) => stateOf(one) === 'PRIMARY');
  const [then, now]: unknown[] = [member['optimeDate'], primary?.['optimeDate']];
  if (!(then instanceof Date) || !(now instanceof Date)) return {};
  return { lagMs: Math.max(0, now.getTime() - then.getTime()) };
}

/** Waits until the server sees the member in this state. Throws ClusterNotFormed after the time. */
export async function waitForState(
  client: MongoClient,
  host: string,
  wanted: ReplicaSetMemberState,
  { timeoutMs, signal, onProgress }: ReplicaSetOptions,
): Promise<string> {
  const startedAtMs = Date.now();
  const until = startedAtMs + timeoutMs;
  for (;;) {
    const status = await readReplicaSet(client);
    const now = status?.members.find((member) => member.host === host)?.state ?? 'OTHER';
    if (now === wanted) return `${host} is ${wanted}`;
    onProgress?.(`${host} is ${now}, waiting for ${wanted}`);
    if (Date.now() > until)
      throw new CrescendoError('ClusterNotFormed', `${host} is ${now}, not ${wanted}: is it reached?`, {
        host,
      });
    // An election takes moments, a copy of the data hours.
    const pauseMs = Date.now() - startedAtMs < longMs ? lookAgainMs : lookAgainLaterMs;
    await delay(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}

export interface ConfigMember {
  _id: number;
  host: string;
  votes?: number;
  priority?: number;
}

export interface ReplicaSetConfig {
  _id: string;
  version: number;
  members: ConfigMember[];
}

/** `null` where no set was initiated. */
export const readConfig = async (client: MongoClient): Promise<ReplicaSetConfig | null> =>
  ((await unlessNoSet(client.db('admin').command({ replSetGetConfig: 1 })))?.['config'] ??
    null) as ReplicaSetConfig | null;

/** A server that was not started with --replSet, or waits for its set, is in none. */
async function unlessNoSet(answer: Promise<Document>): Promise<Document | null> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    if (error.code === codes.notYetInitialized || error.code === codes.noReplication) return null;
    throw error;
  }
}

const stateOf = (member: Document): ReplicaSetMemberState => {
  if (Number(member['health']) === 0) return 'DOWN';
  const text = String(member['stateStr']);
  return states.includes(text) ? (text as ReplicaSetMemberState) : 'OTHER';
};
