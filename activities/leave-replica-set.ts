import type { MongoClient } from 'mongodb';
import {
  forceAlone,
  readReplicaSet,
  removeMember,
  type ReplicaSetOptions,
} from '../adapters/mongodb/replica-set.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';

/** A PRIMARY that lost its majority steps down after ten seconds, and one of a higher priority takes over within as many. */
const patienceMs = 20_000;

/**
 * Takes a member out. Where there is no PRIMARY any more, since members that were to be given up do not answer, the asked node is left
 * alone by force. Throws ClusterNotFormed where another node is PRIMARY: that one has what was written last.
 */
export async function leaveSet(
  client: MongoClient,
  host: string,
  options: ReplicaSetOptions,
): Promise<string[]> {
  const status = await readReplicaSet(client);
  if (status === null) return ['it is in no set'];
  try {
    return [await removeMember(client, host, { ...options, timeoutMs: patienceMs })];
  } catch (error) {
    const now = await readReplicaSet(client);
    const hasPrimary = now?.members.some(({ state }) => state === 'PRIMARY') ?? false;
    if (!(error instanceof CrescendoError) || hasPrimary) throw error;
    const { me = '' } = (await client.db('admin').command({ hello: 1 })) as { me?: string };
    return [await forceAlone(client, me)];
  }
}
