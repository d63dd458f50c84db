import { setTimeout as delay } from 'node:timers/promises';
import { MongoServerError, type Document, type MongoClient } from 'mongodb';
import { CrescendoError } from '../../domain/crescendo-error.ts';
import {
  readConfig,
  waitForState,
  type ConfigMember,
  type ReplicaSetConfig,
  type ReplicaSetOptions,
} from './read-replica-set.ts';

/** The codes of the manual that mean something here. */
const codes = { alreadyInitialized: 23, notPrimary: 10_107 };
/** Another configuration is on its way through the set: the next one has to wait. */
const notYet: readonly unknown[] = [109, 308];
const lookAgainMs = 100;

/**
 * Makes the standing server the only member of the set, so that its data is the set's data, and waits until it is PRIMARY. A configuration
 * that is left of an earlier set of this name is cut down to this member. Returns facts. Throws ClusterNotFormed.
 */
export async function initiate(
  client: MongoClient,
  set: string,
  host: string,
  options: ReplicaSetOptions,
): Promise<string[]> {
  const config = await readConfig(client);
  const facts: string[] = [];
  if (config === null) {
    const members = [{ _id: 0, host, priority: 2 }];
    await initiated(client.db('admin').command({ replSetInitiate: { _id: set, members } }));
    facts.push(`${set} initiated on ${host}, which keeps its data`);
  } else if (config.members.length !== 1 || config.members[0]?.host !== host) {
    await reconfigure(client, { ...config, members: [{ _id: 0, host, priority: 2, votes: 1 }] }, true);
    facts.push(`the configuration that was left of ${set} has ${host} only`);
  }
  return [...facts, await waitForState(client, host, 'PRIMARY', options)];
}

/** A member that counts for nothing until it has the data (priority 0, no vote). One that is in the set is as good. */
export async function addMember(
  client: MongoClient,
  host: string,
  options: ReplicaSetOptions,
): Promise<string> {
  return changeConfig(client, options, `${host} is a member without a vote`, ({ members }) =>
    members.some((member) => member.host === host)
      ? undefined
      : [...members, { _id: Math.max(...members.map(({ _id }) => _id)) + 1, host, priority: 0, votes: 0 }],
  );
}

/** A vote, and a chance to be elected, for a member that has the data; or neither. */
export async function setVote(
  client: MongoClient,
  host: string,
  votes: 0 | 1,
  options: ReplicaSetOptions,
): Promise<string> {
  const said = votes === 1 ? `${host} has a vote` : `${host} has no vote any more`;
  return changeConfig(client, options, said, ({ members }) =>
    members.some((member) => member.host === host && (member.votes ?? 1) !== votes)
      ? members.map((member) => (member.host === host ? { ...member, votes, priority: votes } : member))
      : undefined,
  );
}

/** Takes a member out of the set; one that is not in it is as good. */
export async function removeMember(
  client: MongoClient,
  host: string,
  options: ReplicaSetOptions = { timeoutMs: 10_000 },
): Promise<string> {
  return changeConfig(client, options, `${host} is out of the set`, ({ members }) =>
    members.some((member) => member.host === host)
      ? members.filter((member) => member.host !== host)
      : undefined,
  );
}

/** Leaves the server as the only member even without a majority: for members that are given up. */
export async function forceAlone(client: MongoClient, host: string): Promise<string> {
  const config = await readConfig(client);
  const own = config?.members.find((member) => member.host === host);
  if (config === null || own === undefined || config.members.length === 1)
    return `${host} is in no set with others`;
  await reconfigure(client, { ...config, members: [{ ...own, priority: 2, votes: 1 }] }, true);
  return `${host} is the only member, by force: the others did not answer`;
}

/** One change of the members, tried again while another one is on its way. `undefined`: they are so already. */
async function changeConfig(
  client: MongoClient,
  { timeoutMs, signal }: ReplicaSetOptions,
  fact: string,
  change: (config: ReplicaSetConfig) => ConfigMember[] | undefined,
): Promise<string> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      const config = await readConfig(client);
      if (config === null) throw new CrescendoError('ClusterNotFormed', 'the server is in no set');
      const members = change(config);
      if (members !== undefined) await reconfigure(client, { ...config, members });
      return fact;
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error;
      const { code, message } = error;
      const isWorthWaiting = notYet.includes(code) || code === codes.notPrimary;
      if (!isWorthWaiting || Date.now() > until)
        throw new CrescendoError('ClusterNotFormed', `MongoDB refuses the members: ${message}`, { code });
    }
    await delay(lookAgainMs, undefined, signal === undefined ? {} : { signal });
  }
}

const reconfigure = (client: MongoClient, config: ReplicaSetConfig, force = false): Promise<Document> =>
  client.db('admin').command({
    replSetReconfig: { ...config, version: config.version + 1 },
    ...(force ? { force } : {}),
  });

/** An attempt that died may have done it. */
async function initiated(answer: Promise<Document>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    if (error.code !== codes.alreadyInitialized)
      throw new CrescendoError('ClusterNotFormed', `MongoDB refuses the set: ${error.message}`);
  }
}
