import { formatBytes, formatCount } from './format.ts';
import type { KafkaOperation } from './kafka-operation.ts';

/** What a change of topics or brokers does, in a few words. */
export const kafkaChangeOf = (operation: KafkaOperation): { mark: string; change: string } => {
  switch (operation.kind) {
    case 'increasePartitions':
      return {
        mark: '~',
        change: `${operation.topic} ${operation.from} -> ${operation.to} partitions, for good`,
      };
    case 'keepPartitions':
      return {
        mark: '~',
        change: `${operation.topic} with ${formatCount(operation.partitions, 'partition')}`,
      };
    case 'restartReplica':
      return { mark: '~', change: `restart of ${operation.replica}` };
    case 'awaitReplicas':
      return { mark: '~', change: `${formatCount(operation.replicas, 'replica')} running` };
    case 'addBrokers':
      return {
        mark: '+',
        change: `brokers ${operation.ids.join(', ')}: ${Object.keys(operation.added).join(', ')}`,
      };
    case 'removeBrokers':
      return {
        mark: '-',
        change: `brokers ${operation.ids.join(', ')}: ${Object.keys(operation.added).join(', ')}`,
      };
    case 'movePartitions': {
      const { moves, throttleBytesPerSecond } = operation;
      const pace = `at most ${formatBytes(throttleBytesPerSecond)}/s a broker`;
      return { mark: '~', change: `${formatCount(moves.length, 'partition')} moved, ${pace}` };
    }
  }
};
