import type { AddedService } from './added-service.ts';
import { newBrokerIds } from './broker-ids.ts';
import { brokerRefusals } from './broker-refusals.ts';
import { brokerRoomNotes, brokerRoomRefusals, type BrokerRoom } from './broker-room.ts';
import { brokerServices } from './broker-services.ts';
import type { Catalog } from './catalog.ts';
import { formatCount } from './format.ts';
import { formatCopies, type KafkaCluster, type OngoingMove } from './kafka-cluster.ts';
import { kafkaService } from './kafka-service.ts';
import { asked, kafkaCauses, type KafkaSymptoms } from './kafka-symptoms.ts';
import { copiesToMake, planReassignment, type PartitionMove } from './plan-reassignment.ts';
import { withHash } from './plan-hash.ts';
import type { Cause, Note, Plan, PlanStep } from './plan.ts';
import type { TakenNames } from './taken-names.ts';

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
  room: BrokerRoom;
  /** What goes by a name of the brokers to be already: see brokersToAdd. */
  taken: TakenNames;
  /** How long a broker that shall take copies may be away. */
  absentTimeoutMs: number;
  /** Name of the copy of the compose file. */
  backup: string;
}

/**
 * Runbook 3.2, "Add Kafka Brokers": the brokers beside the one that stands, then its partitions spread over all of them, batch by batch,
 * then the proof. Brokers that have joined already are only given their share.
 */
export const planBrokers = (input: BrokersPlanInput): Plan => {
  const { catalog, catalogHash, cluster, symptoms, observedAtMs, brokers, topics } = input;
  const { ids, added } = brokersToAdd(input);
  const all = [...cluster.brokers, ...ids];
  const chosen = {
    ...cluster,
    partitions: cluster.partitions.filter(({ topic }) => topics?.includes(topic) ?? true),
  };
  const standing = brokerRefusals(input, added);
  const moves =
    standing.length > 0
      ? []
      : planReassignment(chosen, { brokers: all, replicationFactor: input.replicationFactor });
  const needs = {
    service: kafkaService(catalog),
    ids,
    moves,
    batchPartitions: input.batchPartitions,
  };
  const refusals = standing.length > 0 ? standing : brokerRoomRefusals(input.room, needs);
  const { causes, notes } = kafkaCauses(symptoms);
  const because = causes.length === 0 ? [asked] : causes;
  const steps =
    refusals.length > 0 ? [] : [...joining(input, { ids, added }, because), ...moving(input, moves, because)];
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
    notes: changes
      ? [
          ...notes,
          ...(causes.length === 0 ? [uncalled] : []),
          ...brokerRoomNotes(input.room, needs),
          ...advice(input, ids),
        ]
      : [],
  });
};

const uncalled: Note = { rule: 'kafka.not-called-for', message: asked.sentence };

interface BrokersToAdd {
  ids: number[];
  added: Record<string, AddedService>;
}

/** The brokers that are wanting, by what is known of the one that stands. */
export const brokersToAdd = ({
  catalog,
  cluster,
  ongoing,
  brokers,
  settings,
  containerName,
}: Pick<
  BrokersPlanInput,
  'catalog' | 'cluster' | 'ongoing' | 'brokers' | 'settings' | 'containerName'
>): BrokersToAdd => {
  const ids = newBrokerIds(cluster, ongoing, settings, brokers);
  return { ids, added: brokerServices({ service: kafkaService(catalog), settings, containerName, ids }) };
};

const joining = (
  { catalog, backup }: BrokersPlanInput,
  { ids, added }: BrokersToAdd,
  causes: Cause[],
): PlanStep[] => {
  if (ids.length === 0) return [];
  const service = kafkaService(catalog);
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
  const { catalog, batchPartitions, throttleBytesPerSecond, absentTimeoutMs } = input;
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
          absentTimeoutMs,
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
