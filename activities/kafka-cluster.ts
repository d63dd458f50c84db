import type { KafkaAdmin } from '../adapters/kafka/cluster.ts';
import { CrescendoError } from '../domain/crescendo-error.ts';
import type { KafkaSymptoms } from '../domain/kafka-symptoms.ts';
import { unknown, type Reading } from '../domain/reading.ts';
import { pause } from '../adapters/abort.ts';
import { brokerCpu, brokerDisk, runningBrokers } from './broker-containers.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { servicesIn } from './names.ts';
import { reasonOf } from './reason.ts';
import { currentTask } from './task.ts';

/** Runbook 3.2: what is there and whether anything calls for more of it, read before anything is planned. */
export const kafkaClusterActivities = (dependencies: Dependencies): Pick<Activities, 'readKafka'> => ({
  readKafka: async ({ topic, services, sampleMs }) => {
    const { signal } = currentTask();
    const { platform, kafka, nowMs, loadCatalog } = dependencies;
    const { catalog } = await loadCatalog();
    const consumers = servicesIn(catalog, services).flatMap(({ consumer }) => consumer ?? []);
    const watched =
      consumers.length > 0
        ? consumers
        : Object.values(catalog.services).flatMap(({ consumer }) => consumer ?? []);
    const groups = async () => (await kafka?.groups(watched, signal)) ?? {};
    const before = await groups();
    const [cluster, ongoing, replicas, brokers] = await Promise.all([
      existing(dependencies).cluster(undefined, signal),
      existing(dependencies).ongoing(signal),
      platform.observe(services, signal),
      brokerSymptoms(dependencies, catalog.kafka?.service, sampleMs, signal),
      pause(sampleMs, signal),
    ]);
    const after = await groups();
    const topics = [...new Set(cluster.partitions.map(({ topic: name }) => name))];
    const throttled = await existing(dependencies).throttled(cluster.brokers, topics);
    const symptoms: KafkaSymptoms = {
      ...brokers,
      groups: watched
        .filter(({ topic: consumed }) => consumers.length === 0 || topic === undefined || consumed === topic)
        .map(({ group, topic: consumed }) => {
          const [start, end] = [before[group], after[group]];
          const lag = (seen: typeof start): Reading =>
            seen === undefined || seen instanceof Error
              ? unknown(seen?.message ?? 'Kafka gave no answer', `Kafka offsets of ${group}`)
              : seen.lagMessages;
          const members = end === undefined || end instanceof Error ? 0 : end.members;
          return { group, topic: consumed, before: lag(start), after: lag(end), members };
        }),
    };
    return { cluster, ongoing, throttled, replicas, symptoms, observedAtMs: nowMs() };
  },
});

export const existing = ({ kafkaAdmin }: Dependencies): KafkaAdmin => {
  if (kafkaAdmin !== undefined) return kafkaAdmin;
  throw new CrescendoError(
    'NotScalable',
    'the catalog names no Kafka whose topics and brokers can be changed',
  );
};

/** Of every broker that the platform knows, not only of the one that the catalog names. */
const brokerSymptoms = async (
  { platform }: Dependencies,
  service: string | undefined,
  sampleMs: number,
  signal: AbortSignal,
): Promise<Pick<KafkaSymptoms, 'brokerCpuOfLimit' | 'diskUsed'>> => {
  const source = 'the platform';
  const neither = (reason: string) => ({
    brokerCpuOfLimit: unknown(reason, source),
    diskUsed: unknown(reason, source),
  });
  if (service === undefined)
    return neither('the catalog does not name the service of the brokers (kafka.service)');
  try {
    const brokers = await runningBrokers(platform, service, signal);
    const [brokerCpuOfLimit, diskUsed] = await Promise.all([
      brokerCpu(platform, brokers, sampleMs, signal),
      brokerDisk(platform, brokers, signal),
    ]);
    return { brokerCpuOfLimit, diskUsed };
  } catch (error) {
    return neither(reasonOf(error, signal));
  }
};
