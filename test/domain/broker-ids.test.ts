import { describe, expect, it } from 'vitest';
import { newBrokerIds } from '../../domain/broker-ids.ts';

const place = (...replicas: number[]) => ({
  topic: 'orders',
  partition: 0,
  leader: replicas[0] ?? -1,
  replicas,
  inSync: replicas,
});

describe('the id of a new broker', () => {
  it('is the next one above those that there are', () => {
    expect(newBrokerIds({ brokers: [1], partitions: [place(1)] }, [], {}, 3)).toEqual([2, 3]);
    expect(newBrokerIds({ brokers: [1, 2, 3], partitions: [] }, [], {}, 3)).toEqual([]);
  });

  it('is not that of a broker which is away and holds copies, or shall take one', () => {
    expect(newBrokerIds({ brokers: [1], partitions: [place(1, 2)] }, [], {}, 2)).toEqual([3]);
    const coming = { topic: 'orders', partition: 0, replicas: [1, 2], adding: [2], removing: [] };
    expect(newBrokerIds({ brokers: [1], partitions: [place(1)] }, [coming], {}, 2)).toEqual([3]);
  });

  it('is not that of a controller which holds no copies', () => {
    const settings = { KAFKA_CONTROLLER_QUORUM_VOTERS: '2@controller-2:9093,3@controller-3:9093' };
    expect(newBrokerIds({ brokers: [1], partitions: [place(1)] }, [], settings, 3)).toEqual([4, 5]);
  });
});
