import { expect, it } from 'vitest';
import { atAddresses, layoutOf, type RedisNode } from '../../domain/redis-cluster.ts';

const nodeAt =
  (host: string) =>
  (number: number): RedisNode => ({
    name: `node-${number}`,
    host: `${host}.${number}`,
    port: 6_379,
  });

it('A layout that a node remembers is read at the addresses that the nodes have now', () => {
  const numbers = [1, 2, 3, 4, 5, 6];
  const remembered = layoutOf(numbers.map(nodeAt('10.0.0')));
  const now = numbers.map(nodeAt('10.0.9'));
  expect(atAddresses(remembered, now)).toEqual(layoutOf(now));
});

it('A node that nobody sees any more stays where it was remembered', () => {
  const nodes = [1, 2, 3, 4, 5, 6].map(nodeAt('10.0.0'));
  expect(atAddresses(layoutOf(nodes), [])).toEqual(layoutOf(nodes));
});
