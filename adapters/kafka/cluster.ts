import type { KafkaCluster, OngoingMove, PartitionPlace } from '../../domain/kafka-cluster.ts';
import type { PartitionMove } from '../../domain/plan-reassignment.ts';
import type { ReplicationThrottle } from '../../domain/replication-throttle.ts';
import { beginMoves, growTopic, readMoves, untilLed, type MoveState } from './change-partitions.ts';
import type { KafkaConnection } from './connect.ts';
import { readCluster, readOngoingMoves } from './read-cluster.ts';
import { clearThrottle, readThrottled, setThrottle } from './settings.ts';

/** What activities ask of a Kafka cluster whose topics or brokers change. */
export interface KafkaAdmin {
  cluster(topics?: readonly string[], signal?: AbortSignal): Promise<KafkaCluster>;
  ongoing(signal?: AbortSignal): Promise<OngoingMove[]>;
  growTopic(topic: string, count: number): Promise<number>;
  untilLed(
    topic: string,
    options: { count: number; timeoutMs: number; signal?: AbortSignal },
  ): Promise<PartitionPlace[]>;
  moves(moves: readonly PartitionMove[], signal?: AbortSignal): Promise<MoveState>;
  beginMoves(moves: readonly PartitionMove[]): Promise<void>;
  throttled(brokers: readonly number[], topics: readonly string[]): Promise<string[]>;
  setThrottle(throttle: ReplicationThrottle): Promise<void>;
  clearThrottle(brokers: readonly number[], topics: readonly string[]): Promise<number>;
}

export const kafkaAdmin = (connection: KafkaConnection): KafkaAdmin => ({
  cluster: (topics, signal) => readCluster(connection, topics, signal),
  ongoing: (signal) => readOngoingMoves(connection, signal),
  growTopic: (topic, count) => growTopic(connection, topic, count),
  untilLed: (topic, options) => untilLed(connection, topic, options),
  moves: (moves, signal) => readMoves(connection, moves, signal),
  beginMoves: (moves) => beginMoves(connection, moves),
  throttled: (brokers, topics) => readThrottled(connection, brokers, topics),
  setThrottle: (throttle) => setThrottle(connection, throttle),
  clearThrottle: (brokers, topics) => clearThrottle(connection, brokers, topics),
});
