import { formatCount, formatPercent } from './format.ts';
import type { Cause, Note } from './plan.ts';
import { causeOf, judge } from './rule.ts';
import type { Reading } from './reading.ts';

/** What is measured before brokers or partitions are added: runbook 3.2, "Symptoms". */
export interface KafkaSymptoms {
  /** Mean CPU of the brokers as a ratio of their limit. */
  brokerCpuOfLimit: Reading;
  /** Use of the disk under the brokers as a ratio. */
  diskUsed: Reading;
  /** By group: the lag at the start and at the end of the sample, and its consumers. */
  groups: { group: string; topic: string; before: Reading; after: Reading; members: number }[];
}

/** Runbook 3.2: high broker CPU (> 80 %). A disk that is as full as that is saturated soon. */
const above = { cpuOfLimit: 0.8, diskUsed: 0.85, lagMessages: 1_000 } as const;

/** The symptoms that are there, each as the cause of a step, and what could not be measured. */
export const kafkaCauses = (seen: KafkaSymptoms): { causes: Cause[]; notes: Note[] } => {
  const rules = [
    judge({
      rule: 'kafka.broker-cpu',
      what: 'CPU of the brokers',
      reading: seen.brokerCpuOfLimit,
      fires: 'above',
      threshold: above.cpuOfLimit,
      format: formatPercent,
    }),
    judge({
      rule: 'kafka.disk',
      what: 'the disk of the brokers',
      reading: seen.diskUsed,
      fires: 'above',
      threshold: above.diskUsed,
      format: formatPercent,
    }),
  ];
  return {
    causes: [
      ...rules.filter(({ fired }) => fired === true).map((rule) => causeOf(rule)),
      ...seen.groups.flatMap(lagStays),
    ],
    notes: [
      ...rules
        .filter(({ fired }) => fired === 'unknown')
        .map(({ rule, sentence }) => ({ rule, message: sentence })),
      ...seen.groups.flatMap(lagUnknown),
    ],
  };
};

/** Whether the lag of a group stays is not known where one of its ends is not: no symptom, and said. */
const lagUnknown = ({ group, topic, before, after }: KafkaSymptoms['groups'][number]): Note[] => {
  const blind = [before, after].find((reading) => !reading.known);
  if (blind === undefined || blind.known) return [];
  return [{ rule: 'kafka.lag', message: `lag of ${group} on ${topic} is unknown: ${blind.reason}` }];
};

/** "Consumer lag not decreasing despite scaling consumers". */
const lagStays = ({ group, before, after, members }: KafkaSymptoms['groups'][number]): Cause[] => {
  if (!before.known || !after.known || members === 0) return [];
  if (after.value <= above.lagMessages || after.value < before.value) return [];
  return [
    {
      rule: 'kafka.lag',
      value: after.value,
      threshold: above.lagMessages,
      sentence: `lag of ${group} does not fall with ${formatCount(members, 'consumer')}: ${before.value}, then ${after.value}, above ${above.lagMessages}`,
    },
  ];
};

/** The cause of a plan that nothing measured calls for: somebody wants it so. */
export const asked: Cause = {
  rule: 'kafka.asked',
  sentence:
    'it was asked for: no symptom of the runbook (lag that stays, CPU or disk of the brokers) calls for it',
};
