import type { KafkaOperation } from '../../domain/kafka-operation.ts';
import { kafkaChangeOf } from '../../domain/render-kafka.ts';
import { perform } from './activities.ts';

/** How long a restarted consumer may take, beside the grace for its end. */
const RESTART_MS = 120_000;

/** Which activity carries out each change of topics and brokers. Returns facts for the report. */
export async function applyToKafka(
  operation: KafkaOperation,
  write: { operationId: string; fencingToken: number },
): Promise<string[]> {
  const summary = kafkaChangeOf(operation).change;
  switch (operation.kind) {
    case 'increasePartitions': {
      const { service, topic, to: partitions } = operation;
      return (await perform('increasePartitions', [{ ...write, service, topic, partitions }], summary)).facts;
    }
    case 'keepPartitions': {
      const { topic, partitions } = operation;
      return (await perform('keepPartitions', [{ topic, partitions }], summary)).facts;
    }
    case 'restartReplica': {
      const { service, replica } = operation;
      const input = { ...write, service, replica, timeoutMs: RESTART_MS, sinceMs: Date.now() };
      return (await perform('restartReplica', [input], summary)).facts;
    }
    case 'awaitReplicas': {
      const { service, replicas } = operation;
      const input = { service, replicas, timeoutMs: RESTART_MS };
      return (await perform('waitForReplicas', [input], summary, RESTART_MS)).facts;
    }
    case 'addBrokers': {
      const { service, added, backup } = operation;
      return (await perform('addBrokers', [{ ...write, service, added, backup }], summary)).facts;
    }
    case 'removeBrokers': {
      const { service, added, ids, backup } = operation;
      return (await perform('removeBrokers', [{ ...write, service, added, ids, backup }], summary)).facts;
    }
    case 'movePartitions': {
      const { service, moves, throttleBytesPerSecond, absentTimeoutMs, progress } = operation;
      const input = { ...write, service, moves, throttleBytesPerSecond, absentTimeoutMs, progress };
      return (await perform('movePartitions', [input], summary)).facts;
    }
  }
}
