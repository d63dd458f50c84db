import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { approveUpdate, planQuery, progressQuery } from '../../workflows/contracts.ts';
import { openStage, sharedEnvironment, type Stage } from './env.ts';
import { failure, type World } from './world.ts';

let stage: Stage;
let world: World;

beforeAll(() => sharedEnvironment(), 60_000);
afterAll(async () => (await sharedEnvironment()).teardown());
beforeEach(async () => {
  stage = await openStage();
  world = stage.world;
  world.replicas['message-service'] = 2;
});
afterEach(() => stage.close());

const writes = (): string[] =>
  world.calls.filter((call) =>
    /^(increase|keep|restart|add|remove|move|waitForBrok|waitForCop|waitForReb)/.test(call),
  );
/** Fails every call that the pattern fits. */
const failAt = (pattern: RegExp, type: string): void => {
  world.before = (call) => {
    if (pattern.test(call)) throw failure(type);
  };
};

describe('increasePartitions', () => {
  const input = { topic: 'message-events', partitions: 20, acknowledgeKeyRemap: true };

  test('grows the topic, then restarts every consumer one at a time with the group stable in between', async () => {
    const result = await (await stage.run('increasePartitions', input)).result();
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(writes()).toEqual([
      'increasePartitions message-events 20',
      'restartReplica world-message-service-1',
      'waitForRebalance message-service-group 2',
      'restartReplica world-message-service-2',
      'waitForRebalance message-service-group 2',
    ]);
  });

  test('waits until everything is read before it grows where that is asked for, and changes nothing when that does not come', async () => {
    const drained = await (await stage.run('increasePartitions', { ...input, drainFirst: true })).result();
    expect(drained).toMatchObject({ outcome: 'completed' });
    expect(world.calls.indexOf('waitForLagToFall message-service-group')).toBeLessThan(
      world.calls.indexOf('increasePartitions message-events 20'),
    );
    world.calls = [];
    world.partitions = 10;
    failAt(/^waitForLagToFall/, 'LagNotFalling');
    const full = await (await stage.run('increasePartitions', { ...input, drainFirst: true })).result();
    expect(full).toMatchObject({ outcome: 'failed', code: 'LagNotFalling', leftOver: [] });
    expect(writes()).toEqual([]);
  });

  test('changes nothing when the topic has as many', async () => {
    const result = await (await stage.run('increasePartitions', { ...input, partitions: 10 })).result();
    expect(result).toMatchObject({ outcome: 'no_change' });
    expect(writes()).toEqual([]);
  });

  test('is refused downward, and for a topic that is not there', async () => {
    const down = await (await stage.run('increasePartitions', { ...input, partitions: 5 })).result();
    expect(down).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    expect(down.refusals.map(({ rule }) => rule)).toEqual(['partitions.shrink']);
    const missing = await (await stage.run('increasePartitions', { ...input, topic: 'nothing' })).result();
    expect(missing.refusals.map(({ rule }) => rule)).toEqual(['topic-missing']);
    expect(writes()).toEqual([]);
  });

  test('asks before anything is changed when nobody has said that they know of the keys', async () => {
    const handle = await stage.run('increasePartitions', { ...input, acknowledgeKeyRemap: false });
    for (;;) {
      if ((await handle.query(progressQuery)).phase === 'awaiting_approval') break;
    }
    const plan = await handle.query(planQuery);
    expect(plan?.steps[0]).toMatchObject({ undoable: false });
    expect(plan?.notes.map(({ rule }) => rule)).toContain('partitions.remap');
    expect(writes()).toEqual([]);
    await handle.executeUpdate(approveUpdate, { args: [{ planHash: plan?.hash ?? '', by: 'ada' }] });
    expect(await handle.result()).toMatchObject({ outcome: 'completed', approvedBy: 'ada' });
  });

  test('says that the partitions stay when a consumer does not come back', async () => {
    failAt(/^restartReplica world-message-service-2/, 'ReplicaNotReady');
    const result = await (await stage.run('increasePartitions', input)).result();
    expect(result).toMatchObject({ outcome: 'partially_rolled_back', code: 'ReplicaNotReady' });
    expect(result.leftOver).toHaveLength(1);
    expect(result.leftOver[0]).toContain('NotUndoable');
  });

  test('is rolled back in full when Kafka never took the growth', async () => {
    failAt(/^increasePartitions/, 'KafkaUnavailable');
    const result = await (await stage.run('increasePartitions', input)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
  });
});

describe('addBrokers', () => {
  const input = { brokers: 3, replicationFactor: 2, batchPartitions: 5 };

  test('starts the brokers, waits until they joined, moves partitions in batches, and proves the copies', async () => {
    const result = await (await stage.run('addBrokers', input)).result();
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(writes()).toEqual([
      'addBrokers kafka-2 kafka-3',
      'waitForBrokers 2 3',
      'movePartitions 5',
      'movePartitions 5',
      'waitForCopiesInSync',
    ]);
    expect(new Set(world.places.flat())).toEqual(new Set([1, 2, 3]));
    expect(world.places.every((replicas) => replicas.length === 2)).toBe(true);
  });

  test('takes off a throttle that a terminated procedure has left, where nothing else is to be done', async () => {
    world.brokers = [1, 2];
    world.places = world.places.map((_, partition) => [(partition % 2) + 1]);
    world.throttled = ['broker 1', 'topic message-events'];
    const result = await (await stage.run('addBrokers', { brokers: 2 })).result();
    expect(result).toMatchObject({ outcome: 'completed' });
    expect(writes()).toEqual(['waitForCopiesInSync']);
  });

  test('changes nothing where the brokers are there and the partitions spread', async () => {
    world.brokers = [1, 2];
    world.places = world.places.map((_, partition) => [(partition % 2) + 1]);
    expect(await (await stage.run('addBrokers', { brokers: 2 })).result()).toMatchObject({
      outcome: 'no_change',
    });
  });

  test('takes a broker that never joins away again', async () => {
    failAt(/^waitForBrokers/, 'BrokerNotJoined');
    const result = await (await stage.run('addBrokers', input)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: 'BrokerNotJoined', leftOver: [] });
    expect(world.brokers).toEqual([1]);
  });

  test('moves the partitions back before it takes brokers away', async () => {
    failAt(/^waitForCopiesInSync/, 'KafkaUnavailable');
    const result = await (await stage.run('addBrokers', input)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', leftOver: [] });
    expect(world.places).toEqual(Array.from({ length: 10 }, () => [1]));
    expect(writes().slice(-3)).toEqual([
      'movePartitions 5',
      'movePartitions 5',
      'removeBrokers kafka-2 kafka-3',
    ]);
  });

  test('takes everything back at once when a broker is away for long while partitions are moved to it', async () => {
    let moves = 0;
    world.before = (call) => {
      if (call.startsWith('movePartitions') && (moves += 1) === 2)
        throw ApplicationFailure.create({ type: 'BrokerNotJoined', message: 'broker 3 is not there' });
    };
    const result = await (await stage.run('addBrokers', input)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', code: 'BrokerNotJoined', leftOver: [] });
    // Two forward, of which the second was not tried again, and both back.
    expect(moves).toBe(4);
    expect(world.brokers).toEqual([1]);
  });

  test('leaves brokers that hold copies which cannot be moved back', async () => {
    let moves = 0;
    world.before = (call) => {
      if (call.startsWith('waitForCopiesInSync')) throw failure('KafkaUnavailable');
      if (call.startsWith('movePartitions') && (moves += 1) > 2) throw failure('KafkaUnavailable');
    };
    const result = await (await stage.run('addBrokers', input)).result();
    expect(result.outcome).toBe('partially_rolled_back');
    expect(result.leftOver.join()).toContain('BrokerInUse');
    expect(world.brokers).toEqual([1, 2, 3]);
  });

  test('touches nothing where a volume of a new broker is there already, or the disk has no room for the copies', async () => {
    world.foreignVolumes = ['kafka-3-data'];
    const taken = await (await stage.run('addBrokers', input)).result();
    expect(taken).toMatchObject({ outcome: 'rejected', code: 'PlanRefused' });
    expect(taken.refusals.map(({ rule }) => rule)).toEqual(['brokers.volume-taken']);
    world.foreignVolumes = [];
    world.checklist.freeDiskBytes = 2 ** 20;
    const full = await (await stage.run('addBrokers', input)).result();
    expect(full.refusals.map(({ rule }) => rule)).toEqual(['brokers.disk']);
    expect(writes()).toEqual([]);
  });

  test('is refused for fewer brokers than there are, and for more copies than brokers', async () => {
    world.brokers = [1, 2, 3];
    const fewer = await (await stage.run('addBrokers', { brokers: 2 })).result();
    expect(fewer.refusals.map(({ rule }) => rule)).toContain('brokers.fewer');
    const copies = await (await stage.run('addBrokers', { brokers: 3, replicationFactor: 4 })).result();
    expect(copies.refusals.map(({ rule }) => rule)).toContain('brokers.copies');
    expect(writes()).toEqual([]);
  });
});
