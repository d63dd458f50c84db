import type { Catalog, ServiceSpec } from './catalog.ts';
import { formatCount } from './format.ts';
import { unhealthy, type KafkaCluster, type OngoingMove } from './kafka-cluster.ts';
import { asked, kafkaCauses, type KafkaSymptoms } from './kafka-symptoms.ts';
import { kafkaService } from './kafka-service.ts';
import type { Check, Operation } from './operation.ts';
import type { Replica } from './observation.ts';
import { withHash } from './plan-hash.ts';
import type { Cause, Note, Plan, PlanStep, Refusal } from './plan.ts';

export interface PartitionsPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  topic: string;
  /** Partitions that the topic shall have. */
  partitions: number;
  /** Services to restart beside those that use the topic by the catalog. */
  services: readonly string[];
  /** Nothing of the topic shall be left to read when it grows. */
  drainFirst: boolean;
  /** Brokers, and the partitions of all topics. */
  cluster: KafkaCluster;
  ongoing: readonly OngoingMove[];
  symptoms: KafkaSymptoms;
  /** Replicas by service, of those that are restarted. */
  replicas: Readonly<Record<string, readonly Replica[]>>;
}

/** Copies of partitions that a broker can carry; above it, every restart and fail-over takes long. */
const copiesOfBroker = 4_000;

/** Services that have to learn of the new partitions: those that consume the topic, those that use it otherwise, and those that are named. */
export const servicesToRestart = (catalog: Catalog, topic: string, named: readonly string[]): string[] => {
  const all = Object.values(catalog.services).toSorted((a, b) => a.priority - b.priority);
  const consuming = all.filter(({ consumer }) => consumer?.topic === topic);
  const others = all.filter(({ otherTopics }) => otherTopics?.includes(topic));
  return [...new Set([...[...consuming, ...others].map(({ name }) => name), ...named])];
};

/**
 * Runbook 3.2, "Increase Topic Partitions": one growth that cannot be taken back, then every consumer restarted, one replica at a time,
 * with its group stable before the next. Nothing when the topic has as many already.
 */
export const planPartitions = (input: PartitionsPlanInput): Plan => {
  const { catalog, catalogHash, topic, partitions, cluster, symptoms, observedAtMs } = input;
  const now = cluster.partitions.filter((place) => place.topic === topic).length;
  const refusals = refusalsOf(input, now);
  const grows = refusals.length === 0 && partitions > now;
  const { causes, notes } = kafkaCauses(symptoms);
  return withHash({
    procedure: 'increasePartitions',
    environment: catalog.environment,
    catalogHash,
    observedAtMs,
    finding:
      now === partitions
        ? `${topic} has ${formatCount(now, 'partition')} already`
        : `${topic} has ${formatCount(now, 'partition')}, ${partitions} are wanted`,
    steps: grows ? [...draining(input), growth(input, now, causes), ...restarts(input)] : [],
    refusals,
    notes: grows
      ? [remap(topic), ...notes, ...(causes.length === 0 ? [uncalled] : []), ...advice(input, now)]
      : [],
  });
};

/** Nothing that was measured calls for it: a person has to say so. */
export const isUncalled = ({ notes }: Plan): boolean => notes.some(({ rule }) => rule === uncalled.rule);

const uncalled: Note = { rule: 'kafka.not-called-for', message: asked.sentence };

const remap = (topic: string): Note => ({
  rule: 'partitions.remap',
  message: `keys of ${topic} go to other partitions from then on, so messages of one key may be worked on out of order across the change; partitions cannot be taken away again: there is no undo`,
});

/** Of one key, what is still to be read lies in the old partition and what comes then in another one. */
const draining = ({ catalog, topic, drainFirst }: PartitionsPlanInput): PlanStep[] => {
  if (!drainFirst) return [];
  const service = kafkaService(catalog);
  return [
    {
      id: `drain-${topic}`,
      title: `Wait until everything on ${topic} is read`,
      service,
      causes: [
        {
          rule: 'partitions.drain',
          sentence: 'what is read before it grows cannot be overtaken by what comes after',
        },
      ],
      operations: [],
      checks: consumersOf(catalog, topic).map(({ group }) => ({
        kind: 'topicDrained',
        service,
        group,
        topic,
      })),
      undoable: true,
    },
  ];
};

const consumersOf = (catalog: Catalog, topic: string): { group: string }[] =>
  Object.values(catalog.services).flatMap(({ consumer }) => (consumer?.topic === topic ? [consumer] : []));

const growth = (
  { catalog, topic, partitions }: PartitionsPlanInput,
  now: number,
  causes: Cause[],
): PlanStep => {
  const service = kafkaService(catalog);
  return {
    id: `partitions-${topic}`,
    title: `Give ${topic} ${partitions} partitions in place of ${now}`,
    service,
    causes: causes.length === 0 ? [asked] : causes,
    operations: [{ kind: 'increasePartitions', service, topic, from: now, to: partitions }],
    checks: [],
    undoable: false,
  };
};

const restarts = ({ catalog, topic, services, replicas }: PartitionsPlanInput): PlanStep[] =>
  servicesToRestart(catalog, topic, services).flatMap((service) => {
    const running = (replicas[service] ?? []).filter(({ state }) => state === 'running');
    const spec = catalog.services[service];
    return running.map(({ name }): PlanStep => {
      const operation: Operation = {
        kind: 'restartReplica',
        service,
        replica: name,
        replicas: running.length,
      };
      return {
        id: `restart-${name}`,
        title: `Restart ${name}`,
        service,
        causes: [
          {
            rule: 'partitions.restart',
            sentence: `consumers learn of the partitions of ${topic} when they start`,
          },
        ],
        operations: [operation],
        checks: spec === undefined ? [] : checksOf(spec, running.length),
        undoable: true,
      };
    });
  });

const checksOf = ({ name, consumer }: ServiceSpec, members: number): Check[] =>
  consumer === undefined ? [] : [{ kind: 'groupStable', service: name, ...consumer, members }];

const refusalsOf = (input: PartitionsPlanInput, now: number): Refusal[] => {
  const { catalog, topic, partitions, services, cluster, ongoing, drainFirst } = input;
  const refuse = (rule: string, path: string, message: string, remedy: string): Refusal[] => [
    { rule, path, message, remedy },
  ];
  const unknown = services.filter((service) => !Object.hasOwn(catalog.services, service));
  const places = cluster.partitions.filter((place) => place.topic === topic);
  if (now === 0)
    return refuse(
      'topic-missing',
      'topic',
      `Kafka has no topic ${topic}`,
      'correct the name, or create the topic',
    );
  return [
    ...unknown.flatMap((service) =>
      refuse('unknown-service', 'services', `the catalog has no service ${service}`, 'leave it out'),
    ),
    ...(drainFirst && consumersOf(catalog, topic).length === 0
      ? refuse(
          'partitions.drain',
          'drainFirst',
          `no service of the catalog consumes ${topic}: nobody can say when everything on it is read`,
          'name its consumer in the catalog, or leave drainFirst out',
        )
      : []),
    ...(partitions < now
      ? refuse(
          'partitions.shrink',
          'partitions',
          `${topic} has ${now} partitions, and Kafka takes none away`,
          `ask for at least ${now}, or create another topic and move to it`,
        )
      : []),
    ...(ongoing.some((move) => move.topic === topic)
      ? refuse(
          'partitions.moving',
          'topic',
          `partitions of ${topic} are being moved`,
          'wait until that reassignment has ended',
        )
      : []),
    ...(places.some(({ leader }) => leader < 0) || unhealthy(places).length > 0
      ? refuse(
          'partitions.unhealthy',
          'topic',
          `${unhealthy(places).length} partitions of ${topic} have no leader or copies that are not in sync`,
          'make the brokers healthy first',
        )
      : []),
  ];
};

/** "Balance based on consumer count": more than can ever be worked on side by side is overhead. */
const advice = (input: PartitionsPlanInput, now: number): Note[] => {
  const { catalog, topic, partitions, cluster } = input;
  const consumers = Object.values(catalog.services).filter(({ consumer }) => consumer?.topic === topic);
  const most = Math.max(0, ...consumers.map(({ replicas }) => replicas.max));
  const copies = Math.max(
    1,
    ...cluster.partitions.filter((place) => place.topic === topic).map(({ replicas }) => replicas.length),
  );
  const perBroker =
    (cluster.partitions.reduce((sum, { replicas }) => sum + replicas.length, 0) +
      (partitions - now) * copies) /
    Math.max(1, cluster.brokers.length);
  return [
    ...(consumers.length > 0 && partitions > most
      ? [
          {
            rule: 'partitions.consumers',
            message: `${partitions} partitions are more than consumers can use: the catalog allows ${formatCount(most, 'replica')} of ${consumers.map(({ name }) => name).join(', ')}; each takes several then, and ${most} would do as well`,
          },
        ]
      : []),
    ...(consumers.length === 0
      ? [
          {
            rule: 'partitions.consumers',
            message: `no service of the catalog consumes ${topic}: none is restarted but those that are named`,
          },
        ]
      : []),
    ...(perBroker > copiesOfBroker
      ? [
          {
            rule: 'partitions.brokers',
            message: `each broker would carry about ${Math.round(perBroker)} copies of partitions, above ${copiesOfBroker}: add brokers first`,
          },
        ]
      : []),
  ];
};
