import { pause } from '../adapters/abort.ts';
import type { KafkaSource } from '../adapters/kafka/source.ts';
import { waitForStableGroup } from '../adapters/kafka/wait.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import { isFalling } from '../domain/lag-trend.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { groupIn } from './names.ts';
import { currentTask } from './task.ts';

const pollMs = 500;

/** The runbook's 1.3: rebalanced, and the lag goes down. */
export const kafkaActivities = ({
  loadCatalog,
  kafka,
  nowMs,
}: Dependencies): Pick<Activities, 'waitForRebalance' | 'waitForLagToFall'> => ({
  waitForRebalance: async ({ group, topic, members, timeoutMs }) => {
    const { signal, report } = currentTask();
    groupIn((await loadCatalog()).catalog, group, topic);
    const wish = { group, topic, members, timeoutMs };
    const stable = await waitForStableGroup(existing(kafka), wish, { signal, onProgress: report });
    return {
      facts: [
        `group ${group} Stable with ${stable.members} members, all ${stable.partitions} partitions of ${topic} assigned`,
      ],
    };
  },

  waitForLagToFall: async ({ group, topic, belowMessages, isBelow = false, timeoutMs }) => {
    const { signal, report } = currentTask();
    groupIn((await loadCatalog()).catalog, group, topic);
    const startedAtMs = nowMs();
    const samples: number[] = [];
    for (;;) {
      const sample = await readLag(existing(kafka), { group, topic }, signal);
      if (typeof sample === 'number') samples.push(sample);
      const now = typeof sample === 'number' ? `lag of ${group} is ${sample}` : sample.message;
      if (typeof sample === 'number' && sample < belowMessages)
        return { facts: [`${now}, below ${belowMessages}`] };
      if (!isBelow && isFalling(samples)) return { facts: [`${now}, down from ${Math.max(...samples)}`] };
      report(now);
      if (nowMs() - startedAtMs >= timeoutMs) throw notFalling(group, samples, sample, timeoutMs);
      await pause(pollMs, signal);
    }
  },
});

const existing = (kafka: KafkaSource | undefined): KafkaSource => {
  if (kafka !== undefined) return kafka;
  throw new CrescendoError('KafkaUnavailable', 'the catalog names no Kafka');
};

const readLag = async (
  kafka: KafkaSource,
  query: { group: string; topic: string },
  signal: AbortSignal,
): Promise<number | CrescendoError> => {
  const group = (await kafka.groups([query], signal))[query.group];
  if (group === undefined) return new CrescendoError('KafkaUnavailable', 'Kafka gave no answer');
  if (group instanceof CrescendoError) return group;
  return group.lagMessages.known
    ? group.lagMessages.value
    : new CrescendoError('KafkaUnavailable', group.lagMessages.reason);
};

const notFalling = (
  group: string,
  samples: readonly number[],
  last: number | CrescendoError,
  timeoutMs: number,
): CrescendoError => {
  if (last instanceof CrescendoError) return last;
  return new CrescendoError(
    'LagNotFalling',
    `lag of ${group} did not fall in ${Math.round(timeoutMs / 1000)} s: from ${samples[0]} over ${Math.max(...samples)} to ${last}`,
    { first: samples[0], highest: Math.max(...samples), last },
  );
};
