import type { RedisClusterCheck, RedisClusterOperation } from '../../domain/redis-cluster-operation.ts';
import { checkText, operationText } from '../../domain/render.ts';
import { perform } from './activities.ts';

/** Nodes start within seconds, and agree within a few more. */
const formMs = 120_000;

/** The part of the table of `operations.ts` that is about Redis Cluster. */
export async function applyToRedisCluster(
  operation: RedisClusterOperation,
  write: { operationId: string; fencingToken: number },
): Promise<string[]> {
  const { kind, database, nodes, port, service } = operation;
  const summary = operationText(operation);
  // The nodes are removed next, with all that they know; the standing server was only read.
  if (operation.at === 'undo')
    return kind === 'formRedisCluster'
      ? ['it goes with its nodes']
      : [`the copies go; ${service} has every key`];
  const input = { ...write, database, nodes, port };
  return kind === 'formRedisCluster'
    ? (await perform('formRedisCluster', [{ ...input, timeoutMs: formMs }], summary, formMs)).facts
    : (await perform('copyRedisKeys', [input], summary)).facts;
}

/** Which activity proves each check of a cluster. */
export async function verifyRedisCluster(check: RedisClusterCheck, timeoutMs: number): Promise<string[]> {
  const { kind, database, nodes, port } = check;
  const summary = checkText(check);
  return kind === 'redisClusterOk'
    ? (await perform('waitForRedisCluster', [{ database, nodes, port, timeoutMs }], summary, timeoutMs)).facts
    : (await perform('proveRedisKeys', [{ database, nodes, port }], summary)).facts;
}
