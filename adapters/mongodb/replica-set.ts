import { setTimeout as delay } from 'node:timers/promises';
import { MongoServerError, type Document, type MongoClient } from 'mongodb';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import type { ReplicaSetMemberState, ReplicaSetStatus } from '../../domain/mongodb-readings.ts';

export interface ReplicaSetOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  onProgress?: (progress: string) => void;
}

const notYetInitialized = 94;
const states: readonly string[] = ['PRIMARY', 'SECONDARY', 'STARTUP', 'STARTUP2', 'RECOVERING'];

/** The set as the server sees it; `null` when it was never initiated. */
export async function readReplicaSet(client: MongoClient): Promise<ReplicaSetStatus | null> {
  try {
    const status = await client.db('admin').command({ replSetGetStatus: 1 });
    const members = status['members'] as Document[];
    return {
      set: String(status['set']),
      members: members.map((member) => ({
        host: String(member['name']),
        state: stateOf(member),
      })),
    };
  } catch (error) {
    if (error instanceof MongoServerError && error.code === notYetInitialized) return null;
    throw error;
  }
}

/**
 * Makes the set with the standing server as its first member, so that its data is the set's data, then adds the others, one
 * at a time, each when the one before it is SECONDARY. Hosts as clients see them. What is a member already is left. Returns
 * facts. Throws ClusterNotFormed after the time, with who is missing.
 */
export async function formReplicaSet(
  client: MongoClient,
  set: string,
  hosts: readonly [string, ...string[]],
  options: ReplicaSetOptions,
): Promise<string[]> {
  const until = Date.now() + options.timeoutMs;
  const [first, ...others] = hosts;
  const facts: string[] = [];
  if ((await readReplicaSet(client)) === null) {
    await client
      .db('admin')
      .command({ replSetInitiate: { _id: set, members: [{ _id: 0, host: first, priority: 2 }] } });
    facts.push(`${set} initiated on ${first}, which keeps its data`);
  }
  await waitForState(client, first, 'PRIMARY', until, options);
  facts.push(`${first} is PRIMARY`);
  for (const host of others) {
    await addMember(client, host);
    await waitForState(client, host, 'SECONDARY', until, options);
    facts.push(`${host} is SECONDARY`);
  }
  return facts;
}

/** Takes a member out of the set; one that is not in it is as good. */
export async function removeMember(client: MongoClient, host: string): Promise<void> {
  const config = await configOf(client);
  const left = config.members.filter((member) => member.host !== host);
  if (left.length < config.members.length) await reconfigure(client, { ...config, members: left });
}

async function addMember(client: MongoClient, host: string): Promise<void> {
  const config = await configOf(client);
  if (config.members.some((member) => member.host === host)) return;
  const id = Math.max(...config.members.map(({ _id }) => _id)) + 1;
  await reconfigure(client, { ...config, members: [...config.members, { _id: id, host }] });
}

interface Config {
  version: number;
  members: { _id: number; host: string }[];
}

const configOf = async (client: MongoClient): Promise<Config> =>
  (await client.db('admin').command({ replSetGetConfig: 1 }))['config'] as Config;

const reconfigure = (client: MongoClient, config: Config): Promise<Document> =>
  client.db('admin').command({ replSetReconfig: { ...config, version: config.version + 1 } });

async function waitForState(
  client: MongoClient,
  host: string,
  wanted: ReplicaSetMemberState,
  until: number,
  { signal, onProgress }: ReplicaSetOptions,
): Promise<void> {
  for (;;) {
    const status = await readReplicaSet(client);
    const now = status?.members.find((member) => member.host === host)?.state ?? 'OTHER';
    if (now === wanted) return;
    onProgress?.(`${host} is ${now}, waiting for ${wanted}`);
    if (Date.now() > until)
      throw new CrescendoError('ClusterNotFormed', `${host} is ${now}, not ${wanted}: is it reached?`, {
        host,
      });
    await delay(200, undefined, signal === undefined ? {} : { signal });
  }
}

const stateOf = (member: Document): ReplicaSetMemberState => {
  if (Number(member['health']) === 0) return 'DOWN';
  const text = String(member['stateStr']);
  return states.includes(text) ? (text as ReplicaSetMemberState) : 'OTHER';
};
