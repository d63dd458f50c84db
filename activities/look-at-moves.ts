import { pause } from '../adapters/abort.ts';
import type { MoveState } from '../adapters/kafka/change-partitions.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatMs } from '../domain/format.ts';
import type { PartitionMove } from '../domain/plan-reassignment.ts';
import type { Dependencies } from './dependencies.ts';
import { existing } from './kafka-cluster.ts';
import { currentTask, reportBefore } from './task.ts';

const lookAgainMs = 500;
/** A partition whose leader changes has none for a moment, and Kafka then answers for none of its topic. */
const unanswered = 20;

export interface SeenMoves extends MoveState {
  /** Who of those that shall take copies is away, as a sentence, and since when. */
  absent?: string;
  absentSinceMs?: number;
}

/**
 * What has become of the moves, each time it is called. Throws BrokerNotJoined when one of the `takers` is away for `absentTimeoutMs`, all
 * attempts of the activity together, and KafkaUnavailable when Kafka tells nothing although they are all there.
 */
export const lookAtMoves = (
  dependencies: Dependencies,
  wish: { moves: readonly PartitionMove[]; takers: readonly number[]; absentTimeoutMs: number },
): (() => Promise<SeenMoves>) => {
  const { signal, report } = currentTask();
  const { moves, takers, absentTimeoutMs } = wish;
  const kafka = existing(dependencies);
  let absentSinceMs = sinceBefore();

  const whoIsAbsent = async (): Promise<string | undefined> => {
    const brokers = await orUnavailable(kafka.cluster([], signal), signal);
    // Nobody can say who is there: what was known goes on.
    if (brokers instanceof CrescendoError) return undefined;
    const missing = takers.filter((id) => !brokers.brokers.includes(id));
    if (missing.length === 0) {
      absentSinceMs = undefined;
      return undefined;
    }
    absentSinceMs ??= dependencies.nowMs();
    const awayMs = dependencies.nowMs() - absentSinceMs;
    const sentence = `broker ${missing.join(', ')} is not in the cluster for ${formatMs(awayMs)}`;
    if (awayMs >= absentTimeoutMs)
      throw new CrescendoError('BrokerNotJoined', `${sentence}: partitions cannot be moved to it`, {
        missing,
      });
    return `${sentence}; given up after ${formatMs(absentTimeoutMs)}`;
  };

  return async () => {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await orUnavailable(kafka.moves(moves, signal), signal);
      const absent = await whoIsAbsent();
      const away = absentSinceMs === undefined ? {} : { absentSinceMs };
      if (absent !== undefined) report({ sentence: absent, ...away });
      if (!(seen instanceof CrescendoError))
        return { ...seen, ...(absent === undefined ? {} : { absent }), ...away };
      if (absent === undefined && attempt >= unanswered) throw seen;
      await pause(lookAgainMs, signal);
    }
  };
};

/** Since when the attempt before this one has missed somebody. */
const sinceBefore = (): number | undefined => {
  const before = reportBefore();
  if (typeof before !== 'object' || before === null || !('absentSinceMs' in before)) return undefined;
  return typeof before.absentSinceMs === 'number' ? before.absentSinceMs : undefined;
};

const orUnavailable = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T | CrescendoError> => {
  try {
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CrescendoError && error.type === 'KafkaUnavailable') return error;
    throw error;
  }
};
