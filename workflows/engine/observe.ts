import type { Observation } from '../../domain/observation.ts';
import type { Obstacle } from '../../domain/obstacle.ts';
import { perform } from './activities.ts';
import type { Run } from './run.ts';

export interface Seen {
  observation: Observation;
  obstacles: Obstacle[];
  partitions: Record<string, number | null>;
}

/** One observation of the whole platform, with what would forbid scaling the services in scope; all read side by side. */
export async function observePlatform(
  run: Run,
  scope: { services: string[]; topics: string[] },
  request: { sampleMs: number },
): Promise<Seen> {
  const { services, topics } = scope;
  const [observation, obstacles, partitions] = await Promise.all([
    perform('observe', [{ sampleMs: request.sampleMs }], 'triage: one read of everything', request.sampleMs),
    perform('findObstacles', [{ services }], 'what forbids scaling'),
    topics.length === 0 ? {} : perform('readPartitions', [{ topics }], 'partitions of the topics'),
  ]);
  run.before = observation;
  return { observation, obstacles, partitions };
}

/**
 * A lease that came only after the observation was made may have been waited for, and whoever held it may have changed
 * the platform since: a plan is not made on that.
 */
export const isStale = (run: Run, { observation }: Seen): boolean =>
  run.leaseGrantedAtMs !== undefined && run.leaseGrantedAtMs > observation.atMs;
