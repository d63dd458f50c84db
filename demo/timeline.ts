import { setTimeout as sleep } from 'node:timers/promises';
import Dockerode from 'dockerode';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { topics } from './services/message.ts';

export interface LagPoint {
  atMs: number;
  lagMessages: number;
}

export interface ReplicasPoint {
  atMs: number;
  /** Running containers by service. */
  byService: Record<string, number>;
}

/** What was seen of the platform from outside, about once a second. A point that could not be had is missing, not 0. */
export interface Timeline {
  lag: () => readonly LagPoint[];
  replicas: () => readonly ReplicasPoint[];
  /** Errors that cost a point, newest last. */
  errors: () => readonly string[];
  stop: () => Promise<void>;
}

const everyMs = 1_000;

/** Records the lag of `message-service-group` and the replicas of every service until it is stopped. */
export async function startTimeline(options: { project: string; kafkaBrokers: string[] }): Promise<Timeline> {
  const lag: LagPoint[] = [];
  const replicas: ReplicasPoint[] = [];
  const errors: string[] = [];
  const docker = new Dockerode();
  const admin = new Kafka({
    clientId: 'demo-timeline',
    brokers: options.kafkaBrokers,
    logLevel: logLevel.NOTHING,
  }).admin();
  await admin.connect();
  const stopping = new AbortController();

  const record = async <T>(points: T[], read: () => Promise<T>): Promise<void> => {
    try {
      points.push(await read());
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
    }
  };
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const pause = sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      await Promise.all([
        record(lag, async () => ({ lagMessages: await lagOf(admin), atMs: Date.now() })),
        record(replicas, async () => ({
          byService: await countsOf(docker, options.project),
          atMs: Date.now(),
        })),
      ]);
      await pause;
    }
  };
  const polling = poll();

  return {
    lag: () => lag,
    replicas: () => replicas,
    errors: () => errors,
    stop: async () => {
      stopping.abort();
      await polling;
      await admin.disconnect();
    },
  };
}

/** Messages that were produced and not yet committed by the group; a partition without a commit counts in full. */
const lagOf = async (admin: Admin): Promise<number> => {
  const [ends, groups] = await Promise.all([
    admin.fetchTopicOffsets(topics.events),
    admin.fetchOffsets({ groupId: 'message-service-group', topics: [topics.events] }),
  ]);
  const committed = new Map(
    groups.flatMap(({ partitions }) =>
      partitions.map(({ partition, offset }) => [partition, Number(offset)]),
    ),
  );
  return ends.reduce((sum, { partition, high, low }) => {
    const at = committed.get(partition) ?? -1;
    return sum + Math.max(0, Number(high) - (at < 0 ? Number(low) : at));
  }, 0);
};

const countsOf = async (docker: Dockerode, project: string): Promise<Record<string, number>> => {
  const containers = await docker.listContainers({
    filters: { label: [`com.docker.compose.project=${project}`], status: ['running'] },
  });
  const counts: Record<string, number> = {};
  for (const { Labels } of containers) {
    const service = Labels['com.docker.compose.service'];
    if (service !== undefined) counts[service] = (counts[service] ?? 0) + 1;
  }
  return counts;
};
