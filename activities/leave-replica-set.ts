import type { MongoClient } from 'mongodb';
import { readReplicaSet, type ReplicaSetOptions } from '../adapters/mongodb/read-replica-set.ts';
import { forceAlone, removeMember, setVote } from '../adapters/mongodb/replica-set.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';

/** A PRIMARY that lost its majority steps down after ten seconds, and one of a higher priority takes over within as many. */
export const patienceMs = 20_000;

/** Takes a member out: see `orAlone`. */
export const leaveSet = (client: MongoClient, host: string, options: ReplicaSetOptions): Promise<string[]> =>
  orAlone(client, async () => [await removeMember(client, host, options)]);

/** Takes the votes of members, last first: see `orAlone`. */
export const takeVotes = (
  client: MongoClient,
  hosts: readonly string[],
  options: ReplicaSetOptions,
): Promise<string[]> =>
  orAlone(client, async () => {
    const facts: string[] = [];
    for (const host of hosts.toReversed()) facts.push(await setVote(client, host, 0, options));
    return facts;
  });

/**
 * Where there is no PRIMARY any more, since members that are to be given up do not answer, the asked node is left alone by force. Throws
 * ClusterNotFormed where another node is PRIMARY: that one has what was written last.
 */
async function orAlone(client: MongoClient, change: () => Promise<string[]>): Promise<string[]> {
  if ((await readReplicaSet(client)) === null) return ['it is in no set'];
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof CrescendoError)) throw error;
    const now = await readReplicaSet(client);
    const hasPrimary = now?.members.some(({ state }) => state === 'PRIMARY') ?? false;
    if (hasPrimary) throw error;
    const { me = '' } = (await client.db('admin').command({ hello: 1 })) as { me?: string };
    return [await forceAlone(client, me)];
  }
}
