import { pause } from '../adapters/abort.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { BrokerRoom } from '../domain/broker-room.ts';
import { formatCount, formatMs } from '../domain/format.ts';
import { formatCopies, replicasByBroker, unhealthy } from '../domain/kafka-cluster.ts';
import type { Replica } from '../domain/observation.ts';
import { known, unknown, type Reading } from '../domain/reading.ts';
import { runningBrokers, settingsOf, sizesOn } from './broker-containers.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { existing } from './kafka-cluster.ts';
import { diskFree } from './disk-free.ts';
import { replicasOf } from './replicas.ts';
import { guardStanding } from './standing.ts';
import { currentTask } from './task.ts';

const lookAgainMs = 500;
/** A broker hands its leaderships over before it ends. */
const stopGraceMs = 30_000;

type BrokerActivities = Pick<
  Activities,
  | 'readBrokerSettings'
  | 'findTakenNames'
  | 'addBrokers'
  | 'removeBrokers'
  | 'waitForBrokers'
  | 'waitForCopiesInSync'
>;

/** Runbook 3.2, "Add Kafka Brokers". */
export const brokerActivities = (dependencies: Dependencies): BrokerActivities => ({
  readBrokerSettings: async ({ service }) => {
    const { signal } = currentTask();
    const broker = (await replicasOf(dependencies.platform, service, signal)).find(
      ({ state }) => state === 'running',
    );
    const room = await roomFor(dependencies, service, broker, signal);
    // The plan refuses what it knows nothing of.
    if (broker === undefined) return { settings: {}, containerName: service, room };
    const settings = await settingsOf(dependencies.platform, broker, signal);
    return { settings, containerName: broker.name, room };
  },

  findTakenNames: (names) => dependencies.platform.taken(names, currentTask().signal),

  addBrokers: async ({ service, added, backup, ...write }) => {
    const { signal } = currentTask();
    const started = await guardStanding(dependencies, service, write);
    const facts = await dependencies.platform.addServices({ added, backup, stopGraceMs, signal });
    return { facts: [...started, ...facts] };
  },

  removeBrokers: async ({ service, added, ids, backup, ...write }) => {
    const { signal } = currentTask();
    const started = await guardStanding(dependencies, service, write);
    const held = replicasByBroker(await existing(dependencies).cluster(undefined, signal));
    const inUse = ids.filter((id) => (held[id] ?? 0) > 0);
    if (inUse.length > 0)
      throw new CrescendoError(
        'BrokerInUse',
        inUse.map((id) => `broker ${id} holds ${formatCopies(held[id] ?? 0)} of partitions`).join(', '),
        { brokers: inUse },
      );
    const facts = await dependencies.platform.removeServices({ added, backup, stopGraceMs, signal });
    const left = await untilGone(dependencies, ids, signal);
    return {
      facts: [...started, ...facts, `brokers ${left.join(', ')} are left, none of them lost a partition`],
    };
  },

  waitForBrokers: async ({ ids, timeoutMs }) => {
    const { signal, report } = currentTask();
    const startedAtMs = dependencies.nowMs();
    for (;;) {
      const seen = await existing(dependencies)
        .cluster([], signal)
        .catch((error: unknown) => unlessUnavailable(error, signal));
      const brokers = seen?.brokers ?? [];
      const missing = ids.filter((id) => !brokers.includes(id));
      const spentMs = dependencies.nowMs() - startedAtMs;
      if (missing.length === 0)
        return {
          facts: [
            `brokers ${ids.join(', ')} joined after ${formatMs(spentMs)}: ${brokers.join(', ')} are alive`,
          ],
        };
      const sentence = `brokers ${missing.join(', ')} are not in the cluster`;
      if (spentMs >= timeoutMs)
        throw new CrescendoError('BrokerNotJoined', `${sentence} after ${formatMs(timeoutMs)}`, { missing });
      report(sentence);
      await pause(lookAgainMs, signal);
    }
  },

  waitForCopiesInSync: async ({ topics, timeoutMs }) => {
    const { signal, report } = currentTask();
    const kafka = existing(dependencies);
    const startedAtMs = dependencies.nowMs();
    for (;;) {
      const cluster = await kafka
        .cluster(topics, signal)
        .catch((error: unknown) => unlessUnavailable(error, signal));
      const behind = cluster === undefined ? undefined : unhealthy(cluster.partitions);
      if (cluster !== undefined && behind?.length === 0) {
        const cleared = await kafka.clearThrottle(cluster.brokers, topics);
        const preferred = cluster.partitions.filter(({ leader, replicas }) => leader === replicas[0]).length;
        const all = cluster.partitions.length;
        return {
          facts: [
            `all copies of ${formatCount(all, 'partition')} are in sync, each has a leader`,
            cleared === 0
              ? 'no throttle is left'
              : `the throttle of ${cleared} brokers and topics was taken off`,
            preferred === all
              ? 'every partition is led by its preferred leader'
              : `${preferred} of ${all} are led by their preferred leader; Kafka elects the others by itself within 5 min (auto.leader.rebalance.enable)`,
            ...Object.entries(replicasByBroker(cluster)).map(
              ([broker, count]) => `broker ${broker} holds ${count} copies`,
            ),
          ],
        };
      }
      const sentence =
        behind === undefined
          ? 'Kafka does not answer'
          : `${behind.length} partitions have copies that are not in sync`;
      if (dependencies.nowMs() - startedAtMs >= timeoutMs)
        throw new CrescendoError('KafkaUnavailable', `${sentence} after ${formatMs(timeoutMs)}`);
      report(sentence);
      await pause(lookAgainMs, signal);
    }
  },
});

const unlessUnavailable = (error: unknown, signal: AbortSignal): undefined => {
  signal.throwIfAborted();
  if (error instanceof CrescendoError && error.type === 'KafkaUnavailable') return undefined;
  throw error;
};

/** A broker that ended is seen as alive until its session is over. */
const untilGone = async (
  dependencies: Dependencies,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<readonly number[]> => {
  const giveUpAtMs = dependencies.nowMs() + stopGraceMs;
  for (;;) {
    const { brokers } = await existing(dependencies).cluster([], signal);
    if (!ids.some((id) => brokers.includes(id)) || dependencies.nowMs() > giveUpAtMs) return brokers;
    await pause(lookAgainMs, signal);
  }
};

const sampleMs = 500;

const roomFor = async (
  dependencies: Dependencies,
  service: string,
  broker: Replica | undefined,
  signal: AbortSignal,
): Promise<BrokerRoom> => {
  const { platform } = dependencies;
  const [host, diskFreeBytes, brokerMemoryBytes, partitions] = await Promise.all([
    platform.host(signal),
    diskFree(dependencies, signal),
    memoryOf(dependencies, broker, signal),
    runningBrokers(platform, service, signal).then((brokers) => sizesOn(platform, brokers, signal)),
  ]);
  return { brokerMemoryBytes, hostMemoryFreeBytes: host.availableMemoryBytes, diskFreeBytes, partitions };
};

/** Its limit, or what it uses where it has none. */
const memoryOf = async (
  { platform }: Dependencies,
  broker: Replica | undefined,
  signal: AbortSignal,
): Promise<Reading> => {
  const source = 'the platform';
  if (broker === undefined) return unknown('no broker runs', source);
  const { memoryBytes } = broker.limits;
  if (memoryBytes !== undefined) return known(memoryBytes, source);
  const usage = await platform.stats([broker.service], { windowMs: sampleMs, signal });
  return usage[broker.name]?.memoryBytes ?? unknown(`nobody tells what ${broker.name} uses`, source);
};
