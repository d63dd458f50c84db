import type { KafkaCluster, PartitionPlace } from './kafka-cluster.ts';

/** One partition from the brokers that hold it to those that shall; the first of each list is its preferred leader. */
export interface PartitionMove {
  topic: string;
  partition: number;
  from: readonly number[];
  to: readonly number[];
}

export interface ReassignmentWish {
  /** Ids of all brokers that shall carry partitions. */
  brokers: readonly number[];
  /** Copies of each partition at least; those that have more keep them. */
  replicationFactor?: number | undefined;
}

interface Draft extends PartitionPlace {
  to: number[];
}

/**
 * Partitions spread over the brokers with as few copies moved as that takes (a few more where the replication factor is raised as well): no broker holds more than one copy more than another, every
 * copy of a partition is on a broker of its own, and leaders are spread as far as the copies allow. What need not move stays.
 */
export const planReassignment = (cluster: KafkaCluster, wish: ReassignmentWish): PartitionMove[] => {
  const brokers = [...new Set(wish.brokers)].toSorted((a, b) => a - b);
  const drafts: Draft[] = cluster.partitions.map((place) => ({
    ...place,
    to: place.replicas.filter((broker) => brokers.includes(broker)),
  }));
  const load = loadOf(brokers, drafts);
  for (const draft of drafts)
    while (
      draft.to.length < Math.min(brokers.length, Math.max(draft.replicas.length, wish.replicationFactor ?? 1))
    )
      addCopy(draft, drafts, load);
  levelCopies(drafts, load);
  levelLeaders(drafts, brokers);
  return drafts
    .filter(({ replicas, to }) => replicas.join() !== to.join())
    .map(({ topic, partition, replicas, to }) => ({ topic, partition, from: replicas, to }));
};

/** Copies that have to be made: what the network and the disks pay for. */
export const copiesToMake = (moves: readonly PartitionMove[]): number =>
  moves.reduce((sum, { from, to }) => sum + to.filter((broker) => !from.includes(broker)).length, 0);

type Load = Map<number, number>;

const loadOf = (brokers: readonly number[], drafts: readonly Draft[]): Load =>
  new Map(brokers.map((broker) => [broker, drafts.filter(({ to }) => to.includes(broker)).length]));

const add = (load: Load, broker: number, by: number): void => {
  load.set(broker, (load.get(broker) ?? 0) + by);
};

/** Copies of one topic on a broker: a topic is spread too, so that its load is. */
const ofTopic = (drafts: readonly Draft[], topic: string, broker: number): number =>
  drafts.filter((draft) => draft.topic === topic && draft.to.includes(broker)).length;

const addCopy = (draft: Draft, drafts: readonly Draft[], load: Load): void => {
  const [least] = [...load]
    .filter(([broker]) => !draft.to.includes(broker))
    .toSorted(
      ([a, loadA], [b, loadB]) =>
        loadA - loadB || ofTopic(drafts, draft.topic, a) - ofTopic(drafts, draft.topic, b) || a - b,
    );
  if (least === undefined) return;
  draft.to.push(least[0]);
  add(load, least[0], 1);
};

/** One copy at a time from the fullest broker to the emptiest: no way to the same level takes fewer. */
const levelCopies = (drafts: readonly Draft[], load: Load): void => {
  for (;;) {
    const byLoad = [...load].toSorted(([a, loadA], [b, loadB]) => loadA - loadB || a - b);
    const [least, most] = [byLoad[0], byLoad.at(-1)];
    if (least === undefined || most === undefined || most[1] - least[1] <= 1) return;
    const [from, to] = [most[0], least[0]];
    const surplus = new Map<string, number>();
    for (const { topic } of drafts)
      if (!surplus.has(topic)) surplus.set(topic, ofTopic(drafts, topic, from) - ofTopic(drafts, topic, to));
    const [moving] = drafts
      .filter((draft) => draft.to.includes(from) && !draft.to.includes(to))
      .toSorted(
        (a, b) => cost(a, from) - cost(b, from) || (surplus.get(b.topic) ?? 0) - (surplus.get(a.topic) ?? 0),
      );
    if (moving === undefined) return;
    moving.to[moving.to.indexOf(from)] = to;
    add(load, from, -1);
    add(load, to, 1);
  }
};

/** A copy that is only about to be made there costs nothing to be made elsewhere. */
const cost = ({ replicas }: Draft, broker: number): number => (replicas.includes(broker) ? 1 : 0);

/**
 * The preferred leader of as few partitions as possible changes hands, along chains of brokers that hold copies of the same
 * partitions, until no chain makes the busiest one lighter.
 */
const levelLeaders = (drafts: readonly Draft[], brokers: readonly number[]): void => {
  for (;;) {
    const leads = new Map(
      brokers.map((broker) => [broker, drafts.filter(({ to }) => to[0] === broker).length]),
    );
    const busiest = brokers.toSorted((a, b) => (leads.get(b) ?? 0) - (leads.get(a) ?? 0));
    const chain = busiest
      .map((broker) => chainFrom(broker, drafts, leads))
      .find((found) => found !== undefined);
    if (chain === undefined) return;
    for (const { draft, broker } of chain)
      draft.to = [broker, ...draft.to.filter((other) => other !== broker)];
  }
};

interface Link {
  draft: Draft;
  broker: number;
}

/** The shortest chain of hand-overs that ends at a broker which leads at least two fewer. */
const chainFrom = (start: number, drafts: readonly Draft[], leads: Load): Link[] | undefined => {
  const most = leads.get(start) ?? 0;
  const chains = new Map<number, Link[]>([[start, []]]);
  for (const [broker, chain] of chains) {
    if ((leads.get(broker) ?? 0) <= most - 2) return chain;
    for (const draft of drafts.filter(({ to }) => to[0] === broker))
      for (const next of draft.to)
        if (!chains.has(next)) chains.set(next, [...chain, { draft, broker: next }]);
  }
  return undefined;
};
