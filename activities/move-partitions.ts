import { pause } from '../adapters/abort.ts';
import { formatCount, formatMs, formatPercent } from '../domain/format.ts';
import { formatCopies } from '../domain/kafka-cluster.ts';
import { copiesToMake, type PartitionMove } from '../domain/plan-reassignment.ts';
import { throttleOf } from '../domain/replication-throttle.ts';
import type { KafkaAdmin } from '../adapters/kafka/cluster.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { existing } from './kafka-cluster.ts';
import { lookAtMoves } from './look-at-moves.ts';
import { guardStanding, startStopped } from './standing.ts';
import { currentTask } from './task.ts';

const lookAgainMs = 500;

/** Runbook 3.2: partitions onto the brokers that were added, slowly enough for whoever uses them meanwhile. */
export const movePartitionsActivities = (dependencies: Dependencies): Pick<Activities, 'movePartitions'> => ({
  movePartitions: async ({ service, moves, throttleBytesPerSecond, absentTimeoutMs, progress, ...write }) => {
    const { signal, report } = currentTask();
    const takers = [...new Set(moves.flatMap(({ to }) => to))];
    for (const fact of await guardStanding(dependencies, service, write)) report(fact);
    // Those that were added go by these names: see domain/broker-services.ts.
    const added = takers.map((id) => `${service}-${id}`);
    for (const fact of await startStopped(dependencies, added, write)) report(fact);
    const kafka = existing(dependencies);
    const startedAtMs = dependencies.nowMs();
    const look = lookAtMoves(dependencies, { moves, takers, absentTimeoutMs });
    // Read first: an attempt before this one may have begun, or finished, all of it.
    let first = await look();
    // To somebody who is away nothing is begun, and no throttle can be set there.
    while (first.absent !== undefined && first.done.length < moves.length) {
      await pause(lookAgainMs, signal);
      first = await look();
    }
    if (first.done.length === moves.length) {
      await unthrottle(kafka, moves);
      return { facts: [`${formatCount(moves.length, 'partition')} are where they shall be already`] };
    }
    try {
      await kafka.setThrottle(throttleOf(moves, throttleBytesPerSecond));
      await kafka.beginMoves(first.open);
      for (;;) {
        const { done, open, absent, absentSinceMs } = await look();
        const share = (progress.before + done.length) / Math.max(1, progress.total);
        const spentMs = dependencies.nowMs() - startedAtMs;
        if (done.length === moves.length)
          return {
            facts: [
              `${formatCount(moves.length, 'partition')} moved, ${formatCopies(copiesToMake(moves))} made in ${formatMs(spentMs)}: ${formatPercent(share)} of all`,
            ],
          };
        const left = absent ?? etaOf(done.length - first.done.length, moves.length - done.length, spentMs);
        report({
          sentence: `${progress.before + done.length} of ${progress.total} partitions moved: ${formatPercent(share)}, ${left}`,
          percent: Math.round(share * 100),
          ...(absentSinceMs === undefined ? {} : { absentSinceMs }),
        });
        // The brokers tell of a move that has ended a moment before its copies are in sync: those are no longer listed.
        if (open.length > 0 && spentMs > 5_000 && absent === undefined) await kafka.beginMoves(open);
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

const unthrottle = async (kafka: KafkaAdmin, moves: readonly PartitionMove[]): Promise<void> => {
  const { brokers } = await kafka.cluster([]);
  await kafka.clearThrottle(brokers, [...new Set(moves.map(({ topic }) => topic))]);
};
