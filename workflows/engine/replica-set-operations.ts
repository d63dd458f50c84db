import { operationText, checkText } from '../../domain/render.ts';
import type { ReplicaSetCheck, ReplicaSetOperation } from '../../domain/replica-set-operation.ts';
import { perform } from './activities.ts';

/** The part of the table of `operations.ts` that is about replica sets of MongoDB. */
export async function applyToReplicaSet(
  operation: ReplicaSetOperation,
  write: { operationId: string; fencingToken: number },
): Promise<string[]> {
  const { kind, database, set } = operation;
  const summary = operationText(operation);
  const isApply = operation.at === 'apply';
  switch (kind) {
    case 'initiateReplicaSet': {
      const { host, budgetMs, service } = operation;
      // What ends the set is the container of before, which runs without one: that is put back next.
      if (!isApply)
        return [
          `${service} stands alone again in the container of before; its database "local" keeps the configuration of ${set}`,
        ];
      return (await perform('initiateReplicaSet', [{ ...write, database, set, host, budgetMs }], summary))
        .facts;
    }
    case 'joinReplicaSet': {
      const { member } = operation;
      return isApply
        ? (await perform('joinReplicaSet', [{ ...write, database, member }], summary)).facts
        : (await perform('leaveReplicaSet', [{ ...write, database, host: member.host }], summary)).facts;
    }
    case 'giveVotes': {
      const { hosts } = operation;
      const name = isApply ? 'giveVotes' : 'takeVotes';
      return (await perform(name, [{ ...write, database, hosts }], summary)).facts;
    }
  }
}

/** A node without data starts in seconds; what takes long is the copy. */
const nodeStartMs = 120_000;
const proofMs = 300_000;

/** Which activity proves each check of a replica set. */
export async function verifyReplicaSet(check: ReplicaSetCheck, timeoutMs: number): Promise<string[]> {
  const summary = checkText(check);
  switch (check.kind) {
    case 'nodesAnswer': {
      const { nodes, port } = check;
      const nodesMs = Math.min(timeoutMs, nodeStartMs);
      return (await perform('waitForNodes', [{ nodes, port, timeoutMs: nodesMs }], summary, nodesMs)).facts;
    }
    case 'memberIsSecondary': {
      const { database, host } = check;
      return (await perform('waitForMember', [{ database, host, timeoutMs }], summary, timeoutMs)).facts;
    }
    case 'replicaSetFormed': {
      const { database, set, members } = check;
      const input = { database, set, members, timeoutMs: Math.min(timeoutMs, proofMs) };
      return (await perform('proveReplicaSet', [input], summary, input.timeoutMs)).facts;
    }
  }
}
