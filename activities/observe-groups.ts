import { CrescendoError } from '../domain/crescendo-error.ts';
import type { ServiceSpec } from '../domain/catalog.ts';
import type { GroupObservation } from '../domain/observation.ts';
import { unknown } from '../domain/reading.ts';
import type { Dependencies } from './dependencies.ts';
import { reasonOf } from './reason.ts';

/** The consumer groups of the services, by name. One that could not be read has the state `Unknown` and an unknown lag. */
export const observeGroups = async (
  { kafka }: Dependencies,
  specs: readonly ServiceSpec[],
  signal: AbortSignal,
): Promise<Record<string, GroupObservation>> => {
  const queries = specs.flatMap(({ consumer }) => consumer ?? []);
  const unread = (reason: string): Record<string, GroupObservation> =>
    Object.fromEntries(queries.map((query) => [query.group, unknownGroup(query, reason)]));
  if (kafka === undefined) return unread('the catalog names no Kafka');
  try {
    const read = await kafka.groups(queries, signal);
    return Object.fromEntries(
      queries.map((query) => {
        const group = read[query.group] ?? new CrescendoError('KafkaUnavailable', 'Kafka gave no answer');
        return [
          query.group,
          group instanceof CrescendoError ? unknownGroup(query, group.message) : observationOf(group),
        ];
      }),
    );
  } catch (error) {
    return unread(reasonOf(error, signal));
  }
};

/** Without what only the wait for a rebalance needs. */
const observationOf = ({
  group,
  topic,
  state,
  members,
  partitions,
  assignedMembers,
  memberPartitions,
  lagMessages,
}: GroupObservation): GroupObservation => ({
  group,
  topic,
  state,
  members,
  partitions,
  assignedMembers,
  ...(memberPartitions === undefined ? {} : { memberPartitions }),
  lagMessages,
});

/** The state says that the counts mean nothing: Kafka itself has no state of this name. */
const unknownGroup = (
  { group, topic }: { group: string; topic: string },
  reason: string,
): GroupObservation => ({
  group,
  topic,
  state: 'Unknown',
  members: 0,
  partitions: 0,
  assignedMembers: 0,
  lagMessages: unknown(reason, 'Kafka'),
});
