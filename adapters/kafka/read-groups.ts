import { AssignerProtocol, type Admin, type GroupDescription } from 'kafkajs';
import type { CrescendoError } from '../../domain/crescendo-error.ts';
import type { GroupObservation } from '../../domain/observation.ts';
import { known, unknown } from '../../domain/reading.ts';
import { orAborted, pause } from '../abort.ts';
import type { KafkaConnection } from './connect.ts';
import { isColdCoordinator, kafkaUnavailable } from './errors.ts';
import { lagOf, type PartitionLag } from './lag.ts';
import { partitionsOf } from './read-topics.ts';

export interface GroupQuery {
  group: string;
  topic: string;
}

/** A group as Kafka sees it now, with its lag on one topic. */
export interface GroupReading extends GroupObservation {
  /** Partitions of the topic that some member holds. */
  assignedPartitions: number;
  /** Sorted by partition; empty when the topic is not there. */
  lagByPartition: PartitionLag[];
  /** Member ids with their partitions, as one text: two equal ones mean that nothing moved. */
  assignment: string;
}

/** How long a coordinator may take to be found or loaded before the read fails. */
const coldCoordinatorMs = 5_000;

/**
 * State, members, assignment and lag of each group, by group name; all groups are asked at once and a group that could not be read
 * stands in the result as the error, so that one does not hide the others. A group that is not there has the state `Dead`
 * and no members. Throws KafkaUnavailable only when no broker answers.
 */
export const readGroups = async (
  kafka: KafkaConnection,
  queries: readonly GroupQuery[],
  signal?: AbortSignal,
): Promise<Record<string, GroupReading | CrescendoError>> => {
  if (queries.length === 0) return {};
  await orAborted(kafka.admin(), signal);
  const entries = queries.map(async (query): Promise<[string, GroupReading | CrescendoError]> => {
    try {
      return [query.group, await orAborted(readWhenWarm(kafka, query, signal), signal)];
    } catch (error) {
      signal?.throwIfAborted();
      return [query.group, kafkaUnavailable(`group ${query.group}`, error)];
    }
  });
  return Object.fromEntries(await Promise.all(entries));
};

/** A coordinator that has just started or moved answers NOT_COORDINATOR for a moment: that is asked again. */
const readWhenWarm = async (
  kafka: KafkaConnection,
  query: GroupQuery,
  signal?: AbortSignal,
): Promise<GroupReading> => {
  const giveUpAtMs = Date.now() + coldCoordinatorMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await readGroup(kafka, query);
    } catch (error) {
      if (!isColdCoordinator(error) || Date.now() > giveUpAtMs) throw error;
    }
    await pause(100, signal);
  }
};

const readGroup = async (kafka: KafkaConnection, query: GroupQuery): Promise<GroupReading> => {
  const admin = await kafka.admin();
  const [description, partitions] = await Promise.all([
    admin.describeGroups([query.group]),
    readLag(admin, query),
  ]);
  const group = description.groups[0];
  if (group === undefined) throw new Error(`Kafka described no group ${query.group}`);
  return toReading(query, group, partitions);
};

/**
 * `null` when the topic is not there. kafkajs keeps the partitions of a topic for minutes, so its offsets miss partitions that were
 * added since: the fresh count tells, and `listGroups` is the admin call that makes kafkajs ask again.
 */
const readLag = async (admin: Admin, { group, topic }: GroupQuery): Promise<PartitionLag[] | null> => {
  const partitions = await partitionsOf(admin, topic);
  if (partitions === null) return null;
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const [committed, ends] = await Promise.all([
      admin.fetchOffsets({ groupId: group, topics: [topic] }),
      admin.fetchTopicOffsets(topic),
    ]);
    if (ends.length >= partitions) return lagOf(committed[0]?.partitions ?? [], ends);
    await admin.listGroups();
  }
  throw new Error(`Kafka gave offsets for fewer than the ${partitions} partitions of ${topic}`);
};

const toReading = (
  { group, topic }: GroupQuery,
  description: GroupDescription,
  lag: PartitionLag[] | null,
): GroupReading => {
  const held = description.members.map((member) => ({
    id: member.memberId,
    name: memberName(member),
    partitions: partitionsHeld(member.memberAssignment, topic),
  }));
  const source = `Kafka offsets of ${group} on ${topic}`;
  return {
    group,
    topic,
    state: description.state,
    members: held.length,
    assignedMembers: held.filter((member) => member.partitions.length > 0).length,
    memberPartitions: Object.fromEntries(held.map((member) => [member.name, member.partitions])),
    partitions: lag?.length ?? 0,
    assignedPartitions: new Set(held.flatMap((member) => member.partitions)).size,
    lagByPartition: lag ?? [],
    lagMessages:
      lag === null
        ? unknown(`the topic ${topic} is not there`, source)
        : known(
            lag.reduce((sum, partition) => sum + partition.lagMessages, 0),
            source,
          ),
    assignment: held
      .map((member) => `${member.id}=${member.partitions.toSorted((a, b) => a - b).join('+')}`)
      .toSorted()
      .join(' '),
  };
};

/** Members of one client have the same client id: where from tells them apart, and so does the end of the id that Kafka gave them. */
const memberName = ({ clientId, clientHost, memberId }: GroupDescription['members'][number]): string =>
  `${clientId}${clientHost}#${memberId.slice(-4)}`;

/** A member that is still joining has an empty assignment, which cannot be decoded. */
const partitionsHeld = (assignment: Buffer, topic: string): number[] =>
  assignment.length === 0
    ? []
    : (AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topic] ?? []);
