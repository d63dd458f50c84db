import { pause } from '../adapters/abort.ts';
import type { KafkaAdmin } from '../adapters/kafka/cluster.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { formatCount, formatMs, formatPercent } from '../domain/format.ts';
import { formatCopies } from '../domain/kafka-cluster.ts';
import { copiesToMake, type PartitionMove } from '../domain/plan-reassignment.ts';
import { throttleOf } from '../domain/replication-throttle.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { existing } from './kafka-cluster.ts';
import { guardStanding } from './standing.ts';
import { currentTask } from './task.ts';

const lookAgainMs = 500;

/** Runbook 3.2: partitions onto the brokers that were added, slowly enough for whoever uses them meanwhile. */
export const movePartitionsActivities = (dependencies: Dependencies): Pick<Activities, 'movePartitions'> => ({
  movePartitions: async ({ service, moves, throttleBytesPerSecond, progress, ...write }) => {
    const { signal, report } = currentTask();
    for (const fact of await guardStanding(dependencies, service, write)) report(fact);
    const kafka = existing(dependencies);
    const startedAtMs = dependencies.nowMs();
    // Read first: an attempt before this one may have begun, or finished, all of it.
    const first = await kafka.moves(moves, signal);
    if (first.done.length === moves.length) {
      await unthrottle(kafka, moves);
      return { facts: [`${formatCount(moves.length, 'partition')} are where they shall be already`] };
    }
    try {
      await kafka.setThrottle(throttleOf(moves, throttleBytesPerSecond));
      await kafka.beginMoves(first.open);
      for (;;) {
        const { done, open } = await readAgain(kafka, moves, signal);
        const share = (progress.before + done.length) / Math.max(1, progress.total);
        const spentMs = dependencies.nowMs() - startedAtMs;
        if (done.length === moves.length)
          return {
            facts: [
              `${formatCount(moves.length, 'partition')} moved, ${formatCopies(copiesToMake(moves))} made in ${formatMs(spentMs)}: ${formatPercent(share)} of all`,
            ],
          };
        report({
          sentence: `${progress.before + done.length} of ${progress.total} partitions moved: ${formatPercent(share)}, ${etaOf(done.length - first.done.length, moves.length - done.length, spentMs)}`,
          percent: Math.round(share * 100),
        });
        // The brokers tell of a move that has ended a moment before its copies are in sync: those are no longer listed.
        if (open.length > 0 && spentMs > 5_000) await kafka.beginMoves(open);
        await pause(lookAgainMs, signal);
      }
    } finally {
      // A throttle that is left holds replication back for good: it goes on every way out.
      await unthrottle(kafka, moves);
    }
  },
});

/** By the pace of this attempt; nothing is known before the first has arrived. */
const etaOf = (done: number, left: number, spentMs: number): string =>
  done <= 0 ? 'time left unknown' : `about ${formatMs((spentMs / done) * left)} left of this batch`;

const readAgain = async (kafka: KafkaAdmin, moves: readonly PartitionMove[], signal: AbortSignal) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await kafka.moves(moves, signal);
    } catch (error) {
      // A partition whose leader changes has none for a moment.
      if (attempt >= 20 || !(error instanceof CrescendoError) || error.type !== 'KafkaUnavailable')
        throw error;
      await pause(lookAgainMs, signal);
    }
  }
};

const unthrottle = async (kafka: KafkaAdmin, moves: readonly PartitionMove[]): Promise<void> => {
  const { brokers } = await kafka.cluster([]);
  await kafka.clearThrottle(brokers, [...new Set(moves.map(({ topic }) => topic))]);
};
