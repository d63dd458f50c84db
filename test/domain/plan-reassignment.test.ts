import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replicasByBroker, type KafkaCluster } from '../../domain/kafka-cluster.ts';
import { copiesToMake, planReassignment, type PartitionMove } from '../../domain/plan-reassignment.ts';
import { throttleOf } from '../../domain/replication-throttle.ts';

/** Any cluster of one to five brokers, anyhow spread, with a wish for more brokers or copies. */
const cases = fc
  .record({ brokers: fc.integer({ min: 1, max: 5 }), more: fc.integer({ min: 0, max: 3 }) })
  .chain(({ brokers, more }) =>
    fc.record({
      brokers: fc.constant(Array.from({ length: brokers }, (_, index) => index + 1)),
      all: fc.constant(Array.from({ length: brokers + more }, (_, index) => index + 1)),
      replicationFactor: fc.option(fc.integer({ min: 1, max: brokers + more }), { nil: undefined }),
      places: fc.array(
        fc.record({
          topic: fc.constantFrom('a', 'b', 'c'),
          replicas: fc
            .shuffledSubarray(
              Array.from({ length: brokers }, (_, index) => index + 1),
              { minLength: 1 },
            )
            .map((list) => list as readonly number[]),
        }),
        { maxLength: 40 },
      ),
    }),
  )
  .map(({ places, ...rest }) => {
    const partitions = places.map(({ topic, replicas }, index) => ({
      topic,
      partition: places.slice(0, index).filter((place) => place.topic === topic).length,
      leader: replicas[0] ?? -1,
      replicas,
      inSync: replicas,
    }));
    return { ...rest, cluster: { brokers: rest.brokers, partitions } satisfies KafkaCluster };
  });

const after = (cluster: KafkaCluster, moves: readonly PartitionMove[], brokers: number[]): KafkaCluster => ({
  brokers,
  partitions: cluster.partitions.map((place) => ({
    ...place,
    replicas:
      moves.find(({ topic, partition }) => topic === place.topic && partition === place.partition)?.to ??
      place.replicas,
  })),
});

describe('a reassignment', () => {
  it('puts every copy on a broker of its own, never fewer of them than before or than asked', () => {
    fc.assert(
      fc.property(cases, ({ cluster, all, replicationFactor }) => {
        const moves = planReassignment(cluster, { brokers: all, replicationFactor });
        for (const { replicas, topic, partition } of after(cluster, moves, all).partitions) {
          const before = cluster.partitions.find(
            (place) => place.topic === topic && place.partition === partition,
          );
          expect(new Set(replicas).size).toBe(replicas.length);
          expect(replicas.length).toBe(Math.max(before?.replicas.length ?? 0, replicationFactor ?? 1));
          expect(all).toEqual(expect.arrayContaining([...replicas]));
        }
      }),
    );
  });

  it('leaves no broker with more than one copy more than another, and without a raise moves no more than that takes', () => {
    fc.assert(
      fc.property(cases, ({ cluster, all, replicationFactor }) => {
        const moves = planReassignment(cluster, { brokers: all, replicationFactor });
        const loads = Object.values(replicasByBroker(after(cluster, moves, all)));
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
        const now = replicasByBroker({ ...cluster, brokers: all });
        const total = loads.reduce((sum, load) => sum + load, 0);
        const fair = total / all.length;
        const tooMany = Object.values(now).reduce(
          (sum, load) => sum + Math.max(0, load - Math.ceil(fair)),
          0,
        );
        const missing = Object.values(now).reduce(
          (sum, load) => sum + Math.max(0, Math.floor(fair) - load),
          0,
        );
        const raised = total - Object.values(now).reduce((sum, load) => sum + load, 0);
        const least = Math.max(raised + tooMany, missing);
        // Where copies are added too, the choice is one at a time and may make one for each broker more than the least.
        const spare = raised === 0 ? 0 : all.length;
        expect(copiesToMake(moves)).toBeGreaterThanOrEqual(least);
        expect(copiesToMake(moves)).toBeLessThanOrEqual(least + spare);
      }),
    );
  });

  it('has nothing left to do when it is planned again', () => {
    fc.assert(
      fc.property(cases, ({ cluster, all, replicationFactor }) => {
        const moves = planReassignment(cluster, { brokers: all, replicationFactor });
        const again = planReassignment(after(cluster, moves, all), { brokers: all, replicationFactor });
        expect(again).toEqual([]);
      }),
    );
  });

  it('spreads the leaders evenly where every broker has a copy of everything', () => {
    fc.assert(
      fc.property(cases, ({ cluster, all }) => {
        const moves = planReassignment(cluster, { brokers: all, replicationFactor: all.length });
        const { partitions } = after(cluster, moves, all);
        const leads = all.map((broker) => partitions.filter(({ replicas }) => replicas[0] === broker).length);
        expect(Math.max(...leads) - Math.min(...leads)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('takes the partitions of a broker that shall go to the others', () => {
    const cluster: KafkaCluster = {
      brokers: [1, 2],
      partitions: [0, 1].map((partition) => ({
        topic: 'a',
        partition,
        leader: partition + 1,
        replicas: [partition + 1],
        inSync: [partition + 1],
      })),
    };
    expect(planReassignment(cluster, { brokers: [1] })).toEqual([
      { topic: 'a', partition: 1, from: [2], to: [1] },
    ]);
  });
});

describe('a throttle', () => {
  it('holds back the copies that move, and no other', () => {
    const moves = [
      { topic: 'a', partition: 0, from: [1], to: [1, 2] },
      { topic: 'a', partition: 1, from: [1, 2], to: [2, 1] },
      { topic: 'b', partition: 3, from: [1], to: [3] },
    ];
    expect(throttleOf(moves, 1_000)).toEqual({
      brokers: Object.fromEntries(
        [1, 2, 3].map((broker) => [
          broker,
          { 'leader.replication.throttled.rate': '1000', 'follower.replication.throttled.rate': '1000' },
        ]),
      ),
      topics: {
        a: {
          'leader.replication.throttled.replicas': '0:1',
          'follower.replication.throttled.replicas': '0:2',
        },
        b: {
          'leader.replication.throttled.replicas': '3:1',
          'follower.replication.throttled.replicas': '3:3',
        },
      },
    });
  });
});
