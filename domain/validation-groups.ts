import { formatCount } from './format.ts';
import type { GroupObservation } from './observation.ts';
import { livingReplicas } from './service-readings.ts';
import { isSeen, unknownRow, type ValidationInput, type ValidationRow } from './validation-row.ts';

/** Check 4: exactly one member for each replica, and each with its partitions. One that nobody could read is unknown. */
export const groupRows = ({ catalog, observation }: ValidationInput): ValidationRow[] =>
  Object.values(catalog.services).flatMap(({ name, consumer }): ValidationRow[] => {
    if (consumer === undefined) return [];
    const row = {
      check: '4. consumer group rebalanced',
      subject: consumer.group,
      expected: 'stable, a member for each replica, every partition assigned',
    };
    if (!isSeen(observation)) return [unknownRow(row, 'not seen', observation.notSeen)];
    const group = observation.groups[consumer.group];
    if (group === undefined) return [unknownRow(row, 'not seen', 'Kafka did not say')];
    if (group.state === 'Unknown') return [unknownRow(row, 'not read', reasonOf(group))];
    const replicas = livingReplicas(observation.services[name]?.replicas ?? []).length;
    const problems = problemsOf(group, name, replicas);
    const measured = `${group.state}, ${formatCount(group.members, 'member')}, ${sharesOf(group)}`;
    if (problems.length === 0) return [{ ...row, measured, verdict: 'pass' }];
    return [{ ...row, measured, verdict: 'fail', reason: problems.join(', ') }];
  });

const reasonOf = ({ lagMessages }: GroupObservation): string =>
  lagMessages.known ? 'Kafka did not say' : lagMessages.reason;

const problemsOf = (group: GroupObservation, service: string, replicas: number): string[] => {
  const { state, members, partitions, assignedMembers, memberPartitions } = group;
  const held = memberPartitions === undefined ? undefined : Object.values(memberPartitions).flat();
  const free = held === undefined ? 0 : partitions - new Set(held).size;
  const counts = `${formatCount(members, 'member')} for ${formatCount(replicas, 'replica')} of ${service}`;
  return [
    ...(state === 'Stable' ? [] : [`it is ${state}`]),
    ...(members === replicas
      ? []
      : [members > replicas ? `${counts}: one that is gone still counts` : counts]),
    ...(assignedMembers >= Math.min(members, partitions) ? [] : ['members without a partition']),
    ...(free <= 0 ? [] : [`${formatCount(free, 'partition')} without a member`]),
  ];
};

/** `10 partitions: message-service-1 0-4, message-service-2 5-9`; only how many where the members are not known one by one. */
const sharesOf = ({ partitions, memberPartitions }: GroupObservation): string => {
  const total = formatCount(partitions, 'partition');
  if (memberPartitions === undefined) return total;
  const shares = Object.entries(memberPartitions).map(([member, held]) => `${member} ${rangesOf(held)}`);
  return shares.length === 0 ? total : `${total}: ${shares.join(', ')}`;
};

/** `0-4 7`, `none`. */
const rangesOf = (partitions: readonly number[]): string => {
  const ranges: [number, number][] = [];
  for (const partition of partitions.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === partition - 1) last[1] = partition;
    else ranges.push([partition, partition]);
  }
  if (ranges.length === 0) return 'none';
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ');
};
