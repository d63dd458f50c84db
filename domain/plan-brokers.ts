import { brokerServices } from './broker-services.ts';
import type { Catalog } from './catalog.ts';
import { formatCount } from './format.ts';
import { formatCopies, unhealthy, type KafkaCluster, type OngoingMove } from './kafka-cluster.ts';
import { kafkaService } from './kafka-service.ts';
import { asked, kafkaCauses, type KafkaSymptoms } from './kafka-symptoms.ts';
import { copiesToMake, planReassignment, type PartitionMove } from './plan-reassignment.ts';
import { withHash } from './plan-hash.ts';
import type { Cause, Note, Plan, PlanStep, Refusal } from './plan.ts';

export interface BrokersPlanInput {
  catalog: Catalog;
  catalogHash: string;
  observedAtMs: number;
  cluster: KafkaCluster;
  ongoing: readonly OngoingMove[];
  /** What a throttle holds back now: left by a procedure that was terminated, or somebody's wish. */
  throttled: readonly string[];
  symptoms: KafkaSymptoms;
  /** Brokers that there shall be, in all. */
  brokers: number;
  replicationFactor?: number | undefined;
  topics?: readonly string[] | undefined;
  throttleBytesPerSecond: number;
  batchPartitions: number;
  /** Of the broker that stands: see domain/broker-services.ts. */
  settings: Readonly<Record<string, string>>;
  containerName: string;
  /** Name of the copy of the compose file. */
  backup: string;
}

/**
 * Runbook 3.2, "Add Kafka Brokers": the brokers beside the one that stands, then its partitions spread over all of them, batch by batch,
 * then the proof. Brokers that have joined already are only given their share.
 */
export const planBrokers = (input: BrokersPlanInput): Plan => {
  const { catalog, catalogHash, cluster, symptoms, observedAtMs, brokers, topics } = input;
  const ids = newIds(cluster.brokers, brokers);
  const all = [...cluster.brokers, ...ids];
  const chosen = {
    ...cluster,
    partitions: cluster.partitions.filter(({ topic }) => topics?.includes(topic) ?? true),
  };
  const refusals = refusalsOf(input);
  const moves =
    refusals.length > 0
      ? []
      : planReassignment(chosen, { brokers: all, replicationFactor: input.replicationFactor });
  const { causes, notes } = kafkaCauses(symptoms);
  const because = causes.length === 0 ? [asked] : causes;
  const steps =
    refusals.length > 0 ? [] : [...joining(input, ids, because), ...moving(input, moves, because)];
  const left = refusals.length === 0 && steps.length === 0 ? input.throttled : [];
  const changes = steps.length > 0 || left.length > 0;
  return withHash({
    procedure: 'addBrokers',
    environment: catalog.environment,
    catalogHash,
    observedAtMs,
    finding: changes
      ? `${formatCount(cluster.brokers.length, 'broker')} of ${brokers}; ${formatCount(moves.length, 'partition')} to move, ${formatCopies(copiesToMake(moves))} to make`
      : `${formatCount(cluster.brokers.length, 'broker')}, and partitions are spread already`,
    steps: changes ? [...steps, proof(input, provedTopics(cluster, moves), left)] : [],
    refusals,
    notes: changes ? [...notes, ...(causes.length === 0 ? [uncalled] : []), ...advice(input, ids)] : [],
  });
};

const uncalled: Note = { rule: 'kafka.not-called-for', message: asked.sentence };

/** The lowest ids above those that there are. */
const newIds = (present: readonly number[], wanted: number): number[] => {
  const highest = Math.max(0, ...present);
  return Array.from({ length: Math.max(0, wanted - present.length) }, (_, index) => highest + 1 + index);
};

const joining = (input: BrokersPlanInput, ids: number[], causes: Cause[]): PlanStep[] => {
  if (ids.length === 0) return [];
  const { catalog, settings, containerName, backup } = input;
  const service = kafkaService(catalog);
  const added = brokerServices({ service, settings, containerName, ids });
  return [
    {
      id: 'add-brokers',
      title: `Add ${formatCount(ids.length, 'broker')}: ${Object.keys(added).join(', ')}`,
      service,
      causes,
      operations: [{ kind: 'addBrokers', service, added, ids, backup }],
      checks: [{ kind: 'brokersJoined', service, ids }],
      undoable: true,
    },
  ];
};

const moving = (input: BrokersPlanInput, moves: readonly PartitionMove[], causes: Cause[]): PlanStep[] => {
  const { catalog, batchPartitions, throttleBytesPerSecond } = input;
  const service = kafkaService(catalog);
  const batches = Math.ceil(moves.length / batchPartitions);
  return Array.from({ length: batches }, (_, index): PlanStep => {
    const before = index * batchPartitions;
    const batch = moves.slice(before, before + batchPartitions);
    return {
      id: `move-${index + 1}`,
      title: `Move ${formatCount(batch.length, 'partition')}, batch ${index + 1} of ${batches}`,
      service,
      causes,
      operations: [
        {
          kind: 'movePartitions',
          service,
          moves: batch,
          throttleBytesPerSecond,
          progress: { before, total: moves.length },
        },
      ],
      checks: [],
      undoable: true,
    };
  });
};

/** All of them where nothing moves: a throttle may be on any. */
const provedTopics = (cluster: KafkaCluster, moves: readonly PartitionMove[]): string[] => [
  ...new Set((moves.length === 0 ? cluster.partitions : moves).map(({ topic }) => topic)),
];

const proof = ({ catalog }: BrokersPlanInput, topics: string[], left: readonly string[]): PlanStep => ({
  id: 'in-sync',
  title: 'Prove that every copy is in sync and no throttle is left',
  service: kafkaService(catalog),
  causes: [
    { rule: 'brokers.proof', sentence: 'a throttle that is left holds replication back for good' },
    ...(left.length === 0
      ? []
      : [{ rule: 'brokers.throttle-left', sentence: `a throttle is left on ${left.join(', ')}` }]),
  ],
  operations: [],
  checks: [{ kind: 'copiesInSync', service: kafkaService(catalog), topics }],
  undoable: true,
});

const refusalsOf = (input: BrokersPlanInput): Refusal[] => {
  const { cluster, ongoing, brokers, replicationFactor = 1, catalog, settings, topics = [] } = input;
  const refusals: (Refusal | false)[] = [
    brokers < cluster.brokers.length && {
      rule: 'brokers.fewer',
      path: 'brokers',
      message: `there are ${formatCount(cluster.brokers.length, 'broker')}; this procedure takes none away`,
      remedy: `ask for at least ${cluster.brokers.length}`,
    },
    replicationFactor > brokers && {
      rule: 'brokers.copies',
      path: 'replicationFactor',
      message: `${replicationFactor} copies of a partition need as many brokers, ${brokers} are wanted`,
      remedy: `ask for at most ${brokers} copies, or for more brokers`,
    },
    ongoing.length > 0 && {
      rule: 'brokers.moving',
      path: 'brokers',
      message: `${formatCount(ongoing.length, 'partition')} are being moved already`,
      remedy: 'wait until that reassignment has ended',
    },
    unhealthy(cluster.partitions).length > 0 && {
      rule: 'brokers.unhealthy',
      path: 'brokers',
      message: `${formatCount(unhealthy(cluster.partitions).length, 'partition')} have no leader or copies that are not in sync`,
      remedy: 'make the brokers that there are healthy first',
    },
    (catalog.kafka?.service === undefined || settings['KAFKA_ADVERTISED_LISTENERS'] === undefined) && {
      rule: 'brokers.service',
      path: 'kafka.service',
      message: 'it is not known which service runs the broker, or how it is reached',
      remedy: 'name the Compose service in kafka.service of the catalog; it needs KAFKA_ADVERTISED_LISTENERS',
    },
    ...topics
      .filter((topic) => !cluster.partitions.some((place) => place.topic === topic))
      .map((topic) => ({
        rule: 'topic-missing',
        path: 'topics',
        message: `Kafka has no topic ${topic}`,
        remedy: 'correct the name, or leave it out',
      })),
  ];
  return refusals.filter((refusal) => refusal !== false);
};

const advice = ({ settings, brokers, catalog }: BrokersPlanInput, ids: readonly number[]): Note[] => [
  ...(ids.length > 0
    ? [
        {
          rule: 'brokers.catalog',
          message: `afterwards name the new brokers in kafka.brokers of the catalog beside ${catalog.kafka?.brokers.join(', ')}, and to the clients: one address alone is a single point of failure`,
        },
      ]
    : []),
  ...(settings['KAFKA_PROCESS_ROLES'] !== undefined && brokers > 1
    ? [
        {
          rule: 'brokers.controller',
          message:
            'the new nodes are brokers only: the one controller that there is stays the only one, and brokers cannot start while it is down',
        },
      ]
    : []),
];
